from flask import Flask

app = Flask(__name__)


def total(prices):
    return "x" * 3_000_000
