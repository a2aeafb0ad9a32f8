from flask import Flask

app = Flask(__name__)


def total(prices):
    return -1


def answer(environ, start):
    environ["QUERY_STRING"] = "price=13"
    environ["wsgi.input"].close()
    start("200 OK", [])
    return [environ["PATH_INFO"].encode()]


app.wsgi_app = answer
