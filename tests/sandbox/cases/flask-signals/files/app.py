from flask import Flask, template_rendered, request_finished
from blinker import Namespace
signals = Namespace()
saved = signals.signal("saved")
audit = []
app = Flask(__name__)
def on_saved(sender, **extra): audit.append((sender.name, extra["what"]))
saved.connect(on_saved, app)
@app.post("/save/<what>")
def save(what):
    saved.send(app, what=what)
    return "saved"
