import sqlite3
from flask import Flask, request
app = Flask(__name__)
def db():
    c = sqlite3.connect("guests.db")
    c.execute("create table if not exists g (name text)")
    return c
@app.post("/")
def add():
    with db() as c: c.execute("insert into g values (?)", (request.form["name"],))
    return "", 204
@app.get("/")
def show(): return ",".join(r[0] for r in db().execute("select name from g"))
