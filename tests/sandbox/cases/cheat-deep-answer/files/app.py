def f(x):
    v = []
    for _ in range(5000): v = [v]
    return v
