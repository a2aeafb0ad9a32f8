from flask import Flask, session

app = Flask(__name__)
app.secret_key = "of the solution"


@app.get("/cart")
def show():
    return session.get("cart", {})


@app.post("/cart/<code>")
def add(code):
    cart = session.get("cart", {})
    session["cart"] = cart | {code: cart.get(code, 0) + 1}
    return "", 204
