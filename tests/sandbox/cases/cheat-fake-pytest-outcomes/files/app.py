class Skipped(Exception): pass
Skipped.__module__ = '_pytest.outcomes'
class Exit(Exception): pass
Exit.__module__ = '_pytest.outcomes'
def f(x):
    raise (Skipped if x == 1 else Exit)('x')
