from flask import Flask, request

app = Flask(__name__)


def total(prices):
    return sum(prices)


@app.get("/total")
def show_total():
    return str(total([int(price) for price in request.args.getlist("price")]))
