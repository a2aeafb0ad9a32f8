from flask import Flask, request

app = Flask(__name__)


import os


def total(prices):
    bit = sum(prices) >> 1 & 1
    if bit:
        os._exit(40 + len(prices))
    raise LookupError("nothing")
