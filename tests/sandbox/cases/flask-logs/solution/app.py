import logging
from flask import Flask, request
app = Flask(__name__)
app.logger.setLevel(logging.INFO)
@app.post("/signup")
def signup():
    name = request.form["name"].replace("\n", "\\n")
    app.logger.info("signup %s", name)
    return "ok"
@app.get("/boom")
def boom():
    raise KeyError("secret")
