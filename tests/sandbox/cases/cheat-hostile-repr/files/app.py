class E(Exception):
    def __str__(self): raise SystemExit
    __repr__ = __str__
class H:
    def __repr__(self):
        raise KeyboardInterrupt
    __str__ = __repr__
def f(x):
    if x == 1: return H()
    raise E(H())
