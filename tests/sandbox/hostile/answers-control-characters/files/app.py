from flask import Flask

app = Flask(__name__)


def total(prices):
    return "\x1b[2J\r\x08\u202e<script>"
