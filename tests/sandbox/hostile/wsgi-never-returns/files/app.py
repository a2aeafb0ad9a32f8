from flask import Flask, request

app = Flask(__name__)


import threading


def total(prices):
    return sum(prices)


def answer(environ, start):
    threading.Event().wait()


app.wsgi_app = answer
