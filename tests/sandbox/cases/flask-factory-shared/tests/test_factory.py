import pytest
from app import create_app

def test_default(client):
    assert client.get("/notes/").text == "default"

def test_two_apps(make_client):
    first, second = create_app({"TITLE": "one"}), create_app({"TITLE": "two"})
    assert make_client(first).get("/notes/").text == "one"
    assert second.test_client().get("/notes/").text == "two"
    assert make_client(first).get("/count").text == "1"
    assert make_client(second).get("/count").text == "1"
    assert first is not second
    assert first.config["TITLE"] == "one"

def test_prod_needs_a_key():
    with pytest.raises(RuntimeError, match="SECRET_KEY"):
        create_app({"ENV_NAME": "prod"})
    assert create_app({"ENV_NAME": "prod", "SECRET_KEY": "x"}).secret_key == "x"

def test_blueprints():
    app = create_app()
    assert sorted(app.blueprints) == ["notes"]
    with app.test_request_context():
        from flask import url_for
        assert url_for("notes.index") == "/notes/"
    assert app.extensions["notes"]["count"] == 0

@pytest.fixture
def app():
    return create_app({"TESTING": True, "TITLE": "fixture"})

def test_with_an_app_fixture(app):
    assert app.test_client().get("/notes/").data == b"fixture"
