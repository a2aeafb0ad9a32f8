from flask import Flask

app = Flask(__name__)


@app.get("/a")
@app.get("/b")
def greet():
    return "hello"
