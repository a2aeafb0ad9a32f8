from flask import Flask

app = Flask(__name__)


def total(prices):
    return range(10**18)
