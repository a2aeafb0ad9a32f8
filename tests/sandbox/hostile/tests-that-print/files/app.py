from flask import Flask, request

app = Flask(__name__)


def total(prices):
    print("mine")
    return -1
