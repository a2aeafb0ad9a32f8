from flask import Flask

app = Flask(__name__)


@app.get("/total")
def view():
    return "a\ud800\0\x1b[31m\u202e\ufeff".encode("utf-8", "surrogatepass"), "200 \xff\0", {"X-Odd": "\xff"}


def total(prices):
    print("a\ud800\0\x1b[31m\u202e\ufeff")
    if prices:
        raise type("E\u202e", (Exception,), {})("a\ud800\0\x1b[31m\u202e\ufeff")
    return "a\ud800\0\x1b[31m\u202e\ufeff"
