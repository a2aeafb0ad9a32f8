import os

from flask import Flask

app = Flask(__name__)


def total(prices):
    os.mkfifo("pipe")
    return open("pipe").read()
