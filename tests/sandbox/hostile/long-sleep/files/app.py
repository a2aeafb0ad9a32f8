import time

from flask import Flask

app = Flask(__name__)


def total(prices):
    time.sleep(3600)
