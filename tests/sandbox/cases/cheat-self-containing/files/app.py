def f(x):
    v = []
    v.append(v)
    return v
