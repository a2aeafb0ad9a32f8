from flask import Flask

app = Flask(__name__)


import os


def total(prices):
    os.closerange(3, 128)
    return -1
