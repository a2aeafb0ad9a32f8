import random
import secrets
import uuid

from flask import Flask, request

app = Flask(__name__)
app.secret_key = secrets.token_hex(16)


def total(prices):
    shuffled = random.sample(prices, len(prices))
    names = {uuid.uuid4(): price for price in shuffled}
    return sum(names.values())


@app.get("/total")
def show_total():
    return str(total([int(price) for price in request.args.getlist("price")]))
