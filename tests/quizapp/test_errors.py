"""Every failure says what is so, what to do, and its number; ours are nobody else's fault."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort, request
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from werkzeug.test import create_environ

from quizapp import errors
from quizapp.bodies import json_object
from quizapp.errors import Refusal
from quizapp.extensions import db
from tests.quizapp.people import Person

ROOT = Path(__file__).resolve().parents[2]
REFUSALS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Refusal)]
JSON = {"Accept": "application/json"}


@pytest.fixture
def failing(make_app: Callable[..., Flask]) -> Callable[[BaseException | int], Any]:
    """Make a client of an application whose page /fails raises this, or answers with this status."""

    def make(failure: BaseException | int) -> Any:
        app = make_app(TESTING=False)

        @app.route("/fails", methods=["GET", "POST"])
        def fails() -> str:
            if isinstance(failure, int):
                abort(failure)
            raise failure

        return app.test_client()

    return make


def assert_is_complete(page: Any) -> None:
    assert page.content_type == "text/html; charset=utf-8"
    assert len(re.findall(r"<h1>[^<]{8,}</h1>", page.text)) == 1
    assert len(re.findall(r'<p class="muted">[^<]{20,}</p>', page.text)) == 1
    assert page.headers["X-Request-ID"] in page.text
    assert "Traceback" not in page.text
    assert "Werkzeug" not in page.text


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_a_refusal_is_a_page_for_people_and_an_object_for_scripts(failing, refusal):
    client = failing(refusal("It is so", "Do this instead.", beside={"current": 3}, retry_after=7))
    page = client.get("/fails")
    assert page.status_code == refusal.status
    assert "<h1>It is so</h1>" in page.text
    assert "Do this instead." in page.text
    assert page.headers["Retry-After"] == "7"
    reply = client.get("/fails", headers=JSON)
    assert reply.status_code == refusal.status
    assert reply.json == {
        "error": {
            "code": refusal.code,
            "message": "It is so",
            "what_to_do": "Do this instead.",
            "request": reply.headers["X-Request-ID"],
        },
        "current": 3,
    }


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_every_refusal_has_words_of_its_own(failing, refusal):
    assert_is_complete(failing(refusal()).get("/fails"))


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 406, 408, 409, 410, 413, 415, 418, 422, 429, 500, 501, 503]
)
def test_every_status_has_its_page(failing, status):
    page = failing(status).get("/fails")
    assert page.status_code == status
    assert_is_complete(page)
    assert ("Try again</a>" in page.text) is (status in (429, 500, 503))


def test_a_fault_of_ours_shows_nothing_but_its_number_and_is_written_down(failing, caplog):
    client = failing(ValueError("secret detail"))
    page = client.get("/fails")
    assert page.status_code == 500
    assert_is_complete(page)
    assert "secret detail" not in page.text
    assert "Nothing you did caused it." in page.text
    assert "sign-fail" not in page.text
    assert page.headers["X-Request-ID"] in caplog.text
    reply = client.post("/fails", json={})
    assert (reply.status_code, reply.json["error"]["code"]) == (400, "outdated_form")
    assert client.get("/fails", headers=JSON).json["error"]["code"] == "fault"


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (RedisAway("away"), 503),
        (OperationalError("select", {}, sqlite3.OperationalError("database is locked")), 503),
        (OperationalError("select", {}, sqlite3.OperationalError("no such table: users")), 500),
        (OperationalError("select", {}, RuntimeError("server closed the connection")), 503),
    ],
)
def test_a_store_that_is_away_is_for_the_moment(failing, failure, status):
    page = failing(failure).get("/fails")
    assert page.status_code == status
    assert_is_complete(page)
    assert ("Retry-After" in page.headers) is (status == 503)


def test_a_page_is_shown_even_when_the_database_is_gone(make_app, candidate, tmp_path):
    """The navigation cannot say who is signed in then; the page still says what to do."""
    folder = tmp_path / "none"
    folder.mkdir()
    away = make_app(TESTING=False, DATABASE_URL=f"sqlite:///{folder / 'quizapp.db'}")
    with away.app_context():
        db.session.remove()
        db.engine.dispose()
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    away.config["SECRET_KEY"] = candidate.app.config["SECRET_KEY"]
    client = away.test_client()
    client.set_cookie("quizapp", candidate.client.get_cookie("quizapp").value)
    for path, status in (("/account", 503), ("/no-such-page", 404)):
        page = client.get(path)
        assert page.status_code == status, path
        assert_is_complete(page)
        assert 'class="topbar"' in page.text


def test_the_text_of_a_link_stays_out_of_the_log(make_app, caplog):
    """Whoever reads the log could open what the link opens."""
    client = make_app(RATELIMIT_ENABLED=True, LIMIT_RESET="1 per hour").test_client()
    assert [client.get("/reset/text-of-a-link").status_code for _ in range(2)] == [302, 429]
    assert "'/reset/...' refused: too many" in caplog.text
    assert "text-of-a-link" not in caplog.text


def test_a_fault_is_written_down_without_the_text_of_the_link(make_app, caplog):
    app = make_app(TESTING=False)

    @app.get("/breaks/<token>")
    def breaks(token: str) -> str:
        raise ValueError

    given = create_environ("/breaks/text-of-a-link")  # which the server reads for its access log afterwards
    statuses: list[str] = []
    list(app(given, lambda status, *_: statuses.append(status)))
    assert statuses == ["500 INTERNAL SERVER ERROR"]
    assert "'/breaks/...' broke" in caplog.text
    assert "text-of-a-link" not in caplog.text
    assert given[errors.LOGGED_PATH] == "/breaks/..."


def test_the_access_log_of_the_image_tells_that_path_and_no_other():
    command = (ROOT / "Dockerfile").read_text().replace("\\\n", "").partition('CMD ["gunicorn"')[2]
    format_ = json.loads('["gunicorn"' + command.partition("\n")[0])[-1]
    assert f"%({{{errors.LOGGED_PATH}}}e)s" in format_
    assert not [atom for atom in ("%(r)s", "%(U)s", "%(q)s", "%(f)s") if atom in format_]


def test_the_limiter_looks_at_no_page_before_its_view_is_called(make_app):
    """What a page without a limit would pay for nothing, in each request."""
    app = make_app(RATELIMIT_ENABLED=True)
    called, before = set(), sys.getprofile()
    with app.test_request_context("/sign-in"):
        sys.setprofile(lambda frame, *_: called.add(frame.f_globals.get("__name__", "")))
        try:
            app.preprocess_request()
        finally:
            sys.setprofile(before)
    assert "quizapp.errors" in called
    assert not [name for name in called if name.startswith("flask_limiter")], (
        "Flask-Limiter has another way to look at requests: look for an option to switch that off, or take it out, in "
        "quizapp.extensions._look_when_views_are_called. Limits of views have to count all the same."
    )


def test_a_failed_transaction_does_not_reach_the_next_request(make_app):
    app = make_app(TESTING=False)

    @app.get("/breaks")
    def breaks() -> str:
        db.session.execute(text("update users set name = 'x'"))
        raise ValueError

    client = app.test_client()
    assert client.get("/breaks").status_code == 500
    assert client.get("/sign-in").status_code == 200


def test_a_page_is_shown_even_when_the_layout_fails(make_app, caplog):
    app = make_app(TESTING=False)
    app.jinja_env.globals["sections"] = lambda: 1 / 0
    page = app.test_client().get("/no-such-page")
    assert page.status_code == 404
    assert_is_complete(page)
    assert "ZeroDivisionError" in caplog.text


def test_a_path_with_a_slash_too_many_leads_to_the_right_one(client):
    reply = client.get("/admin//users")
    assert (reply.status_code, reply.location) == (308, "http://localhost/admin/users")


@pytest.mark.parametrize("method", ["TRACE", "DELETE", "PATCH", "PUT", "BREW"])
def test_other_methods_are_refused(client, method):
    page = client.open("/sign-in", method=method)
    assert page.status_code == 405
    assert {"GET", "POST"} <= set(page.headers["Allow"].replace(" ", "").split(","))


@pytest.mark.parametrize("override", [{"X-HTTP-Method-Override": "DELETE"}, {"X-Method-Override": "PUT"}])
def test_a_method_cannot_be_overridden(client, override):
    assert client.get("/healthz", headers=override, query_string={"_method": "DELETE"}).status_code == 200


def test_paths_are_shown_as_text(client):
    page = client.get("/<script>alert(1)</script>")
    assert page.status_code == 404
    assert "<script>alert" not in page.text


class TestJsonBodies:
    @pytest.fixture
    def client(self, make_app: Callable[..., Flask]) -> Any:
        app = make_app(TESTING=False, WTF_CSRF_ENABLED=False)

        @app.post("/takes")
        def takes() -> dict[str, Any]:
            return {"got": json_object()}

        return app.test_client()

    def test_are_read(self, client):
        body = {"a": [1, 2.5, None, True, "é🦊"], "b": {}}
        assert client.post("/takes", json=body).json == {"got": body}

    @pytest.mark.parametrize(
        ("body", "says"),
        [
            ("", "Expecting value"),
            ("{", "Expecting"),
            ("[1]", "no object"),
            ('"text"', "no object"),
            ('{"a": 1, "a": 2}', "a key stands twice"),
            ('{"a": NaN}', "NaN is no JSON"),
            ('{"a": -Infinity}', "-Infinity is no JSON"),
            ('{"a": "\\u0000"}', "cannot be stored"),
            ('{"a": "\\ud800"}', "cannot be stored"),
            ('{"\\udfff": 1}', "cannot be stored"),
            ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested"),
            ('{"a": ' + "[" * 40 + "]" * 40 + "}", "nested deeper than 32 levels"),
            ('{"a": ' + "9" * 5000 + "}", "digits"),
        ],
        ids=range(13),
    )
    def test_that_are_wrong_are_refused_with_the_reason(self, client, body, says):
        reply = client.post("/takes", data=body.encode(), content_type="application/json")
        assert reply.status_code == (422 if "stored" in says else 400)
        assert says in reply.json["error"]["message"] + reply.json["error"]["what_to_do"]

    def test_that_are_no_text_are_refused(self, client):
        reply = client.post("/takes", data=b'{"a": "\xff"}', content_type="application/json")
        assert reply.status_code == 400

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
    )
    def test_of_another_type_are_refused(self, client, kind):
        reply = client.post("/takes", data=b'{"a": 1}', content_type=kind)
        assert reply.status_code == 415

    def test_are_read_strictly_even_by_a_view_that_does_not(self, make_app):
        app = make_app(TESTING=False, WTF_CSRF_ENABLED=False)

        @app.post("/trusts")
        def trusts() -> dict[str, Any]:
            return {"got": request.get_json()}

        client = app.test_client()
        for body in (b"[" * 100_000, b'{"a": "\\ud800"}', b'{"a": "\\u0000"}', b'{"a": 1, "a": 2}', b"{"):
            reply = client.post("/trusts", data=body, content_type="application/json")
            assert reply.status_code in (400, 422), body[:20]
            assert reply.json["error"]["what_to_do"]
        assert client.post("/trusts", json=[1]).json == {"got": [1]}

    def test_that_are_too_long_are_refused(self, client):
        reply = client.post(
            "/takes", data=b"{" + b" " * (1024 * 1024) + b"}", content_type="application/json"
        )
        assert reply.status_code == 413
        assert reply.json["error"]["code"] == "too_large"


def test_a_page_that_refuses_leads_back_and_nowhere_else(admin: Person) -> None:
    path = f"/admin/users/{admin.id}"
    for before, leads_back in ((f"http://localhost{path}", True), ("https://elsewhere.example/", False)):
        page = admin.post(f"{path}/role", {"role": "none"}, headers={"Referer": before})
        assert page.status_code == 422
        assert (f'href="{before}"' in page.text) is leads_back
