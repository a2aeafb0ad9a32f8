import os, pathlib
from flask import Flask, request, send_from_directory, abort
from werkzeug.utils import secure_filename
app = Flask(__name__)
app.config["UPLOADS"] = "uploads"
app.config["MAX_CONTENT_LENGTH"] = 2000
@app.post("/up")
def up():
    f = request.files["file"]
    name = secure_filename(f.filename)
    if not name.endswith(".png"): abort(400)
    os.makedirs(app.config["UPLOADS"], exist_ok=True)
    f.save(pathlib.Path(app.config["UPLOADS"]) / name)
    return name, 201
