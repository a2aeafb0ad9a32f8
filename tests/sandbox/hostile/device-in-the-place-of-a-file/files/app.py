import os

from flask import Flask

app = Flask(__name__)


@app.get("/")
def view():
    os.symlink("/dev/zero", "report.txt")
    return ""
