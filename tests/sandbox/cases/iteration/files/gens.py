import contextlib
log = []
def count(n):
    for i in range(n):
        log.append(i)
        yield i
    return "done"
def forever():
    n = 0
    while True:
        got = yield n
        n = n + 1 if got is None else got
class Countdown:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n == 0: raise StopIteration
        self.n -= 1
        return self.n
class Old:
    def __getitem__(self, i):
        if i > 2: raise IndexError
        return i * i
class Managed:
    def __init__(self, swallow=False): self.events, self.swallow = [], swallow
    def __enter__(self): self.events.append("in"); return self
    def __exit__(self, kind, error, tb):
        self.events.append(kind.__name__ if kind else "out")
        return self.swallow
@contextlib.contextmanager
def managed(name):
    log.append("enter " + name)
    try:
        yield name.upper()
    except KeyError as error:
        log.append("caught " + str(error))
    finally:
        log.append("leave " + name)
def drain(iterator): return list(iterator)
def first(iterator): return next(iterator)
def pairs(): return zip("ab", [1, 2])
