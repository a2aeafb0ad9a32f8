import os

from flask import Flask

app = Flask(__name__)


@app.get("/")
def view():
    for _ in range(10):
        try:
            os.fork()
        except OSError:
            pass
    return "forged by a child" if os.getppid() != 1 else "answered"
