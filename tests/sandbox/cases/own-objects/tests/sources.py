import inspect


class Broken(Exception):
    pass


class Resource:
    def __init__(self, fails=False):
        self.fails = fails
        self.done = []

    def open(self):
        self.done.append("open")

    def work(self):
        if self.fails:
            raise Broken("in work")
        self.done.append("work")

    def close(self):
        self.done.append("close")

    def __enter__(self):
        self.open()
        return self

    def __exit__(self, *_error):
        self.close()


class Source:
    def __init__(self, error=None):
        self._text = b"abcdefgh"
        self._error = error

    def __exit__(self, kind, error, traceback):
        return kind is not None and "suppress" in error.args[0]

    def read(self, size):
        if self._error is not None:
            raise self._error
        taken, self._text = self._text[:size], self._text[size:]
        return taken


class Base:
    callers = ()

    def __init__(self, *args):
        self.made_with = args

    def __call__(self):
        caller = next(frame for frame in inspect.stack() if frame.filename.endswith("metered.py"))
        self.callers = [*self.callers, caller.function]
        return self if caller.function == "__init__" else self.inner
