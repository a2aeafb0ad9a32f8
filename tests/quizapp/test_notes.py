"""Notes during an attempt: saved like answers, for their writer alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.quizapp.people import Person
from tests.quizapp.sittings import Sitting


def save(sitting: Sitting, text: Any, revision: Any = 0) -> TestResponse:
    return sitting.person.send_json("PUT", f"{sitting.path}/notes", {"text": text, "revision": revision})


def test_notes_are_beside_every_question_and_in_the_own_report(sitting: Sitting) -> None:
    reply = save(sitting, "look at 4 again <b>")
    assert reply.status_code == 200
    assert reply.json is not None
    assert reply.json["revision"] == 1
    for position in (1, 2):
        assert "look at 4 again &lt;b&gt;" in sitting.person.get(f"{sitting.path}?q={position}").text
    sitting.hand_in()
    assert "look at 4 again &lt;b&gt;" in sitting.person.get(f"{sitting.path}/report").text


def test_two_windows_do_not_overwrite_each_others_notes(sitting: Sitting) -> None:
    save(sitting, "from the first")
    reply = save(sitting, "from the second")
    assert reply.status_code == 409
    assert reply.json is not None
    assert reply.json["current"]["text"] == "from the first"
    assert save(sitting, "from the first\nfrom the second", 1).status_code == 200
    assert save(sitting, "from the first\nfrom the second", 1).status_code == 200, (
        "saving it twice is no conflict"
    )


def test_notes_stay_open_when_the_interview_is_over(sitting: Sitting) -> None:
    sitting.hand_in()
    assert save(sitting, "what I should read up on").status_code == 200
    assert "what I should read up on" in sitting.person.get(f"{sitting.path}/report").text


def test_a_plain_form_saves_notes_too(sitting: Sitting) -> None:
    reply = sitting.person.post(f"{sitting.path}/notes?q=2", {"text": "one\r\ntwo", "revision": "0"})
    assert reply.location == f"{sitting.path}?q=2#notes"
    assert "one\ntwo" in sitting.person.get(f"{sitting.path}?q=2").text


def test_two_windows_without_scripts_lose_neither_text(sitting: Sitting) -> None:
    path = f"{sitting.path}/notes?q=2"
    sitting.person.post(path, {"text": "from the first", "revision": "0"})
    page = sitting.person.post(path, {"text": "from\r\nthe second", "revision": "0"}, follow_redirects=True)
    assert "Both texts stand there now" in page.text
    assert "from the first\n\n(From another window:)\nfrom\nthe second" in page.text
    page = sitting.person.post(path, {"text": "from the first", "revision": "0"}, follow_redirects=True)
    assert "Both texts stand there now" not in page.text, "what was typed stands there already"
    assert "(From another window:)\nfrom\nthe second" in page.text


@pytest.mark.parametrize(("typed", "revision"), [("x" * 20_001, "1"), ("y" * 19_995, "0")])
def test_what_a_plain_form_cannot_save_stands_in_the_form_again(
    typed: str, revision: str, sitting: Sitting
) -> None:
    path = f"{sitting.path}/notes?q=2"
    sitting.person.post(path, {"text": "from the first", "revision": "0"})
    reply = sitting.person.post(path, {"text": typed, "revision": revision})
    assert reply.status_code == 422
    assert "These notes are too long" in reply.text
    assert f"\n{typed}</textarea>" in reply.text
    assert '<p class="own-words small">from the first</p>' in reply.text
    assert 'name="revision" value="1"' in reply.text, "what is sent from there has seen what is stored"
    assert sitting.person.post(path, {"text": "short", "revision": "1"}).status_code == 303
    assert "\nshort</textarea>" in sitting.person.get(f"{sitting.path}?q=2").text


def test_nobody_else_reads_or_writes_them(
    sitting: Sitting, manager: Person, make_person: Callable[..., Person]
) -> None:
    save(sitting, "CANARY of notes")
    sitting.hand_in()
    sitting.person.post(f"{sitting.path}/share", {"shared": "1"})
    shared = manager.get(f"/manage/mocks/{sitting.attempt_id}")
    assert shared.status_code == 200
    assert "CANARY" not in shared.text
    other = make_person()
    path = f"{sitting.path}/notes"
    assert other.send_json("PUT", path, {"text": "x", "revision": 1}).status_code == 404
    for text in ("x", "x" * 20_001):
        assert other.post(path, {"text": text, "revision": "1"}).status_code == 404


@pytest.mark.parametrize(
    ("text", "revision"),
    [("x" * 20_001, 0), ("a\x00b", 0), ("\ud800", 0), (7, 0), ("x", "0"), ("x", None), ("x", True)],
)
def test_what_cannot_be_kept_is_refused(sitting: Sitting, text: Any, revision: Any) -> None:
    assert save(sitting, text, revision).status_code == 422
