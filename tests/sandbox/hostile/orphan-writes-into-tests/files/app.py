import os

from flask import Flask

app = Flask(__name__)
if not os.fork():
    while True:
        os.write(1, b"x" * 512)
        os.write(2, b"y" * 512)


def total(prices):
    return -1
