import os

from flask import Flask

app = Flask(__name__)


@app.get("/")
def view():
    os.mkfifo("report.txt")
    return ""
