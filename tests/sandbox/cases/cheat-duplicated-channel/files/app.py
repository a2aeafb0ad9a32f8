import os
def f(x):
    for fd in range(3, 128):
        try: os.dup2(fd, 1)
        except OSError: pass
    print('hello')
    return x
