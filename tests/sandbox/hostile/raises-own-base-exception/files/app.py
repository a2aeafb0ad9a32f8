from flask import Flask

app = Flask(__name__)


class Leave(BaseException): pass


def total(prices):
    raise Leave
