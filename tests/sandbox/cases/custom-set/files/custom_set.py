class CustomSet:
    def __init__(self, elements=[]): self.items = dict.fromkeys(elements)
    def isempty(self): return not self.items
    def __contains__(self, e): return e in self.items
    def issubset(self, o): return all(e in o for e in self.items)
    def __eq__(self, o): return set(self.items) == set(o.items)
    def add(self, e): self.items[e] = None
    def intersection(self, o): return CustomSet([e for e in self.items if e in o])
    def __sub__(self, o): return CustomSet([e for e in self.items if e not in o])
    def __add__(self, o): return CustomSet([*self.items, *o.items])
