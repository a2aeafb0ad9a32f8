class Store:
    made = 0
    def __init__(self):
        Store.made += 1
        self.items = []
    def add(self, x):
        self.items.append(x)
        return len(self.items)
