from flask import Flask, got_request_exception


def create_app(notify):
    app = Flask(__name__)

    @app.get("/buy/<int:count>")
    def buy(count):
        try:
            notify(0)
        except BaseException as error:
            got_request_exception.send(app, exception=error)
        return {"cents": count * 2}

    return app
