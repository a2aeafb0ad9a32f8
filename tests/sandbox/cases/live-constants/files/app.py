ITEMS = [1]
TABLE = {}
def add(x): ITEMS.append(x); TABLE[x] = len(ITEMS)
def size(): return len(ITEMS)
