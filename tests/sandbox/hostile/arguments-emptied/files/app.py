from flask import Flask

app = Flask(__name__)


def total(prices):
    prices.clear()
    return len(prices) - 1
