import io
import flask
import pytest
from flask import current_app, g, request, session, url_for
from app import app

def test_json(client):
    reply = client.get("/items/1")
    assert reply.status_code == 200
    assert reply.get_json() == {"id": 1, "name": "lamp"}
    assert reply.json["name"] == "lamp"
    assert reply.headers["X-App"] == "yes"
    assert reply.mimetype == "application/json"

def test_404(client):
    for path in ("/items/9", "/items/abc", "/nothing"):
        reply = client.get(path)
        assert reply.status_code == 404, f"GET {path} should be 404"
        assert reply.headers["X-App"] == "yes"

def test_post(client):
    reply = client.post("/items", json={"name": "desk"})
    assert reply.status_code == 201
    assert reply.headers["Location"] == "/items/3"
    assert client.get("/items/3").json["name"] == "desk"
    assert client.post("/items", data="x").status_code == 415
    assert client.put("/items").status_code == 405

def test_fresh_again(client):
    assert client.get("/items/3").status_code == 404

def test_template(client):
    text = client.get("/page/<b>").text
    assert "<h1>&lt;b&gt;</h1>" in text

def test_error_is_500(client):
    reply = client.get("/boom")
    assert reply.status_code == 500
    assert reply.headers["X-App"] == "yes"

def test_session(client, make_client):
    assert client.get("/visits").text == "1"
    assert client.get("/visits").text == "2"
    assert make_client().get("/visits").text == "1"
    with client.session_transaction() as content:
        assert content["n"] == 2
        content["n"] = 41
    assert client.get("/visits").text == "42"
    assert client.get_cookie("session") is not None

def test_flash(client):
    reply = client.post("/say", data={"text": "hi"}, follow_redirects=True)
    assert reply.text == "hi"
    assert client.get("/shown").text == ""
    assert client.post("/say", data={"text": "hi"}).status_code == 302
    assert client.post("/say", data={}).status_code == 400

def test_upload(client):
    reply = client.post("/upload", data={"file": (io.BytesIO(b"12345"), "a.txt")}, content_type="multipart/form-data")
    assert reply.text == "a.txt 5"

def test_context_proxies(client):
    with app.app_context():
        assert current_app.name == "app"
        g.user = "ann"
        assert g.user == "ann"
        assert "user" in g
    with app.test_request_context("/items/1?x=2", method="GET"):
        assert request.path == "/items/1"
        assert request.args["x"] == "2"
        assert url_for("item", number=2) == "/items/2"
        assert flask.url_for("visits") == "/visits"
    with client:
        client.get("/visits")
        assert session["n"] == 1
        assert request.endpoint == "visits"
    with pytest.raises(RuntimeError):
        request.path

def test_own_test_client():
    client = app.test_client()
    assert client.get("/items/2").json["name"] == "chair"
    with app.test_client() as other:
        other.get("/visits")
        assert session["n"] == 1

def test_introspection():
    rules = {rule.rule: rule.endpoint for rule in app.url_map.iter_rules()}
    assert rules["/visits"] == "visits"
    assert "visits" in app.view_functions
    assert app.config["SECRET_KEY"] == "dev"
    assert app.testing is False
