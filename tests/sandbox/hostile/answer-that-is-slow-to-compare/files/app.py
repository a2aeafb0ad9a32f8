import random

from flask import Flask

app = Flask(__name__)


@app.get("/total")
def view():
    return "".join(random.choice("ab ") + random.choice("\n\n\nab") for _ in range(200_000))


def total(prices):
    return "\n".join("".join(random.choice("abc") for _ in range(60)) for _ in range(5_000))
