from flask import Flask


def create_app(notify):
    app = Flask(__name__)

    @app.get("/buy/<int:count>")
    def buy(count):
        notify(count * 2)
        return {"cents": count * 2}

    return app
