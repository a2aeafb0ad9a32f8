class StackUnderflowError(Exception):
    pass
class ParseError(ValueError):
    def __init__(self, message, line):
        super().__init__(message)
        self.line = line
class Deep(ParseError, KeyError):
    pass
def divide(a, b): return a / b
def parse(text):
    try:
        return int(text)
    except ValueError as error:
        raise ParseError("no number: " + text, 3) from error
def deep(): raise Deep("x", 9)
def leave(): raise SystemExit(4)
def lookup(d, k): return d[k]
def group(): raise ExceptionGroup("several", [ValueError(1), TypeError("b")])
def missing(): open("nothing.txt")
def decode(): b"\xff".decode()
def stop(): raise StopIteration(5)
