from flask import Flask

app = Flask(__name__)


class Numbers:
    pass


def total(prices):
    return {number * (2**61 - 1): None for number in range(1, 20000)}
