import os
def f(x):
    for fd in range(3, 128):
        try: os.close(fd)
        except OSError: pass
    return x
