from flask import Flask

app = Flask(__name__)


def total(prices):
    return -1


def answer(environ, start):
    start("200 OK", [(f"X-{n}", "y") for n in range(10000)])
    return [b"x"]


app.wsgi_app = answer
