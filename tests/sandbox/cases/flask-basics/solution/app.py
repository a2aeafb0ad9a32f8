from flask import Flask, jsonify, request, session, flash, get_flashed_messages, redirect, url_for, render_template, abort
app = Flask(__name__)
app.secret_key = "dev"
ITEMS = {1: "lamp", 2: "chair"}
@app.get("/items/<int:number>")
def item(number):
    if number not in ITEMS:
        abort(404)
    return jsonify(id=number, name=ITEMS[number])
@app.post("/items")
def add():
    data = request.get_json()
    ITEMS[max(ITEMS) + 1] = data["name"]
    return jsonify(count=len(ITEMS)), 201, {"Location": url_for("item", number=max(ITEMS))}
@app.get("/page/<name>")
def page(name): return render_template("page.html", name=name)
@app.get("/boom")
def boom(): return str(1 / 0)
@app.get("/visits")
def visits():
    session["n"] = session.get("n", 0) + 1
    return str(session["n"])
@app.post("/say")
def say():
    flash(request.form["text"], "info")
    return redirect(url_for("shown"))
@app.get("/shown")
def shown(): return "|".join(get_flashed_messages())
@app.post("/upload")
def upload():
    f = request.files["file"]
    return f"{f.filename} {len(f.read())}"
@app.after_request
def header(response):
    response.headers["X-App"] = "yes"
    return response
