import os
from flask import Flask, Blueprint, current_app
bp = Blueprint("notes", __name__, url_prefix="/notes")
@bp.get("/")
def index(): return current_app.config["TITLE"]
class Config: TITLE = "default"; DEBUG = False
def create_app(config=None):
    app = Flask(__name__)
    app.config.from_object(Config)
    app.config.from_mapping(config or {})
    if app.config.get("ENV_NAME") == "prod" and not app.config.get("SECRET_KEY"):
        raise RuntimeError("SECRET_KEY is missing")
    app.register_blueprint(bp)
    app.extensions["notes"] = {"count": 0}
    @app.get("/count")
    def count():
        app.extensions["notes"]["count"] += 1
        return str(app.extensions["notes"]["count"])
    return app
