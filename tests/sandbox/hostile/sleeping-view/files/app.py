import time

from flask import Flask

app = Flask(__name__)


@app.get("/")
def view():
    time.sleep(3600)
