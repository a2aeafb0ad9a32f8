def helper(x): return True
def f(x): return 0
