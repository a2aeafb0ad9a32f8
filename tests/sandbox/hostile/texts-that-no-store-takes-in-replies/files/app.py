from flask import Flask

app = Flask(__name__)


@app.get("/")
def view():
    return "a\ud800\0\x1b[31m\u202e".encode("utf-8", "surrogatepass"), {"X-Odd": "\xff"}


@app.get("/raises")
def raises():
    raise ValueError("a\ud800\0\x1b[31m\u202e")
