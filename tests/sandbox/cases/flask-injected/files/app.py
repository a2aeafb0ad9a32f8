import time
from flask import Flask, current_app, jsonify
def fetch(city): raise RuntimeError("not in tests")
def create_app(clock=time.time, service=None):
    app = Flask(__name__)
    app.clock = clock
    app.config["MAINTENANCE"] = False
    @app.before_request
    def gate():
        if app.config["MAINTENANCE"]: return "down", 503, {"Retry-After": "60"}
    @app.get("/now")
    def now(): return str(int(app.clock()))
    @app.get("/weather/<city>")
    def weather(city):
        try:
            return jsonify(service.get(city, timeout=2))
        except TimeoutError:
            return jsonify(error="slow"), 504
    return app
