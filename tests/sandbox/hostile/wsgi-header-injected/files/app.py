from flask import Flask

app = Flask(__name__)


def total(prices):
    return -1


def answer(environ, start):
    start("200 OK", [("X-A", "b\r\nContent-Length: 2\r\n\r\n13")])
    return [b""]


app.wsgi_app = answer
