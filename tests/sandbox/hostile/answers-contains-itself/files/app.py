from flask import Flask

app = Flask(__name__)


def total(prices):
    return (lambda v: v.append(v) or v)([])
