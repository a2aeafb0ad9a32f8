from flask import Flask

app = Flask(__name__)


class Large(Exception):
    def __str__(self): return "x" * 10**7


def total(prices):
    raise Large
