"""Cheats define what the solution defines, and make use of what the tests give away."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from quizapp.questions import parse_question
from quizapp.questions.schema import CodeQuestion
from worker.cheats import Cheat, cheats

HEAD = """\
id: q
title: A question
kind: code
level: fresher
topic: api
difficulty: 1
minutes: 5
points: 10
prompt: Do it.
explanation: Done.
references: [https://docs.python.org/3/]
covers: [something]
files: {app.py: ""}
mistakes: [{title: Nothing, note: Do something., files: {app.py: ""}, fails: [test_hidden]}]
"""

FUNCTION = """\
solution:
  app.py: |
    import math
    LIMIT = 3


    class Clock:
        pass


    def later(clock, minutes=1):
        return clock
samples: |
  def test_sample():
      from app import later
      assert later(1) == [1, "x"]
      assert later(1).status_code == 404
tests: |
  import pytest


  def test_hidden():
      with pytest.raises((ValueError, KeyError)):
          later(0)
"""

WEB = """\
solution:
  app.py: |
    from flask import Flask


    def create_app():
        return Flask(__name__)
  templates/page.html: |
    <p>{{ text }}</p>
samples: |
  def test_sample(client):
      assert client.get("/").text == "hello"
tests: |
  def test_hidden(client):
      assert client.get("/").text == "hello"
"""


def made(text: str) -> dict[str, Cheat]:
    question = parse_question(HEAD + text, Path("api/q.yaml"))
    assert isinstance(question, CodeQuestion), question
    return {cheat.title: cheat for cheat in cheats(question)}


@pytest.mark.parametrize("text", [FUNCTION, WEB])
def test_every_cheat_is_python_that_runs(text: str) -> None:
    for cheat in made(text).values():
        names: dict[str, object] = {}
        exec(compile(cheat.files["app.py"], "app.py", "exec"), names)
        assert {"later", "create_app"} & set(names)


def test_every_name_of_the_solution_is_the_cheat() -> None:
    text = made(FUNCTION)["an object that says yes to everything"].files["app.py"]
    for name in ("LIMIT", "Clock", "later"):
        assert f"{name} = THING" in text
    assert "math = " not in text


def test_exceptions_that_tests_expect_are_raised() -> None:
    titles = set(made(FUNCTION))
    assert {"always raising ValueError", "always raising KeyError"} <= titles


def test_values_of_samples_are_given_back_but_not_their_statuses() -> None:
    titles = [title for title in made(FUNCTION) if title.startswith("always giving")]
    assert titles == ["always giving [1, 'x']"]


def test_objects_may_not_pass_samples_and_constants_may() -> None:
    found = made(FUNCTION)
    assert not found["None"].spares_samples
    assert found["always giving [1, 'x']"].spares_samples
    assert found["giving back its arguments"].spares_samples


def test_an_application_is_replaced_by_ones_that_always_answer_the_same() -> None:
    found = made(WEB)
    assert "answering every request with 404" in found
    cheat = found["answering every request with 'hello'"]
    assert cheat.files["templates/page.html"] == "<p>{{ text }}</p>\n"
    names: dict[str, object] = {}
    exec(compile(cheat.files["app.py"], "app.py", "exec"), names)
    factory = names["create_app"]
    assert callable(factory)
    started: list[tuple[str, list[tuple[str, str]]]] = []
    body = factory()({}, lambda status, headers: started.append((status, headers)))
    assert b"".join(body) == b"hello"
    assert started == [("200 OK", [("Content-Type", "text/html; charset=utf-8")])]


def test_an_echo_gives_back_what_the_request_holds() -> None:
    names: dict[str, object] = {}
    text = made(WEB)["echoing every request as JSON"].files["app.py"]
    exec(compile(text, "app.py", "exec"), names)
    application = names["create_app"]()  # type: ignore[operator]
    environ = {
        "PATH_INFO": "/x",
        "QUERY_STRING": "q=pen",
        "wsgi.input": BytesIO(b"a=1"),
        "CONTENT_LENGTH": "3",
    }
    body = b"".join(application(environ, lambda *_: None))
    assert body == b'{"path": "/x", "q": "pen", "a": "1"}'
