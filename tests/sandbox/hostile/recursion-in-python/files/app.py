import sys

from flask import Flask

app = Flask(__name__)
sys.setrecursionlimit(10**9)


def total(prices):
    return total(prices) + 1
