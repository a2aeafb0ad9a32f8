import functools, inspect
def twice(f):
    @functools.wraps(f)
    def wrapper(*a, **k):
        f(*a, **k)
        return f(*a, **k)
    return wrapper
def params(f): return list(inspect.signature(f).parameters)
def cached(f):
    memo = {}
    def inner(x):
        if x not in memo: memo[x] = f(x)
        return memo[x]
    return inner
def compose(*fs): return functools.reduce(lambda f, g: lambda x: g(f(x)), fs)
def apply(f, *args, **kwargs): return f(*args, **kwargs)
def guarded(f):
    try: return f()
    except ValueError as e: return "caught " + str(e)
def adder(n):
    def add(x): return x + n
    return add
