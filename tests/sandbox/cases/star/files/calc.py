import os
from math import sqrt
def add(a, b): return a + b
def sub(a, b): return a - b
class Thing: pass
_hidden = 1
LIMIT = 10
