import types
def expected(): return 5
def f(): return 5
class unittest: pass
