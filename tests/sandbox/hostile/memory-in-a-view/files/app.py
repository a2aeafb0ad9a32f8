from flask import Flask

app = Flask(__name__)


@app.get("/")
def view():
    kept = []
    while True:
        kept.append(bytearray(b"x" * 4_194_304))
