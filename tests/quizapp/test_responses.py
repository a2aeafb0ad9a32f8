"""Autosave: revisions, branches, late saves, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from quizapp import paces
from quizapp.extensions import db
from quizapp.models import Branch, Response
from quizapp.rules.answers import cleaned
from quizapp.rules.marking import AnswerError
from quizapp.services import accounts, responses
from tests.quizapp.people import Person, csrf_token
from tests.quizapp.shelf import Shelf, code
from tests.quizapp.sittings import CHANGED, Sitting


def draft(sitting: Sitting, kind: str = "text") -> str:
    return f"/responses/{sitting.response(kind).id}/draft"


def branches(sitting: Sitting) -> list[Branch]:
    with sitting.person.app.app_context():
        return list(db.session.scalars(select(Branch).order_by(Branch.id)))


def test_what_is_typed_is_there_after_a_reload_and_on_another_device(sitting: Sitting) -> None:
    reply = sitting.save("text", {"text": "url_"})
    assert reply.status_code == 200
    assert reply.json is not None
    assert reply.json["revision"] == 1
    assert reply.json["saved_at"]
    position = sitting.response("text").position
    other = sitting.person.at_another_device()
    assert 'value="url_"' in other.get(f"{sitting.path}?q={position}").text


def test_the_first_save_in_practice_makes_the_response(candidate: Person, library: Shelf) -> None:
    path = "/practice/basics/code-1/draft"
    reply = candidate.send_json("PUT", path, {"answer": CHANGED, "revision": 0})
    assert reply.status_code == 200
    assert reply.json is not None
    assert reply.json["draft_url"] == f"/responses/{reply.json['response_id']}/draft"
    assert reply.json["submissions_url"] == f"/responses/{reply.json['response_id']}/submissions"
    again = candidate.send_json(
        "PUT", reply.json["draft_url"], {"answer": {"files": {"app.py": "x = 1\n"}}, "revision": 1}
    )
    assert again.json is not None
    assert again.json["revision"] == 2


def test_a_stale_save_becomes_a_branch_and_never_the_answer(sitting: Sitting) -> None:
    sitting.save("text", {"text": "first"})
    reply = sitting.save("text", {"text": "from an old page"}, revision=0)
    assert reply.status_code == 409
    assert reply.json is not None
    assert reply.json["error"]["code"] == "stale"
    assert reply.json["current"]["answer"] == {"text": "first"}
    assert reply.json["current"]["revision"] == 1
    kept = branches(sitting)
    assert [(one.id, one.answer, one.based_on, one.is_late) for one in kept] == [
        (reply.json["branch"], {"text": "from an old page"}, 0, False)
    ]
    assert sitting.response("text").answer == {"text": "first"}
    assert sitting.save("text", {"text": "after looking"}, revision=1).status_code == 200


def test_a_stale_save_without_an_edit_is_told_what_is_newer_and_not_kept(sitting: Sitting) -> None:
    sitting.save("text", {"text": "first"})
    sitting.save("text", {"text": "second"}, revision=1)
    path = f"/responses/{sitting.response('text').id}/draft"
    body = {"answer": {"text": "first"}, "revision": 1, "unchanged": True}
    reply = sitting.person.send_json("PUT", path, body)
    assert reply.status_code == 409
    assert reply.json is not None
    assert (reply.json["current"]["answer"], "branch" in reply.json) == ({"text": "second"}, False)
    assert branches(sitting) == []
    assert sitting.person.send_json("PUT", path, body | {"revision": 2}).status_code == 200, (
        "it is based on it"
    )
    assert sitting.response("text").answer == {"text": "first"}


def test_a_save_whose_reply_was_lost_may_be_repeated(sitting: Sitting) -> None:
    sitting.save("text", {"text": "same"})
    reply = sitting.save("text", {"text": "same"}, revision=0)
    assert reply.status_code == 200
    assert reply.json is not None
    assert reply.json["revision"] == 1
    assert branches(sitting) == []


def test_a_save_after_the_deadline_is_kept_as_late_and_does_not_count(sitting: Sitting) -> None:
    sitting.save("text", {"text": "in time"})
    sitting.let_pass(minutes=30, seconds=6)
    reply = sitting.save("text", {"text": "too late"}, revision=1)
    assert reply.status_code == 409
    assert reply.json is not None
    assert reply.json["error"]["code"] == "closed"
    assert [(one.answer, one.is_late) for one in branches(sitting)] == [({"text": "too late"}, True)]
    assert sitting.response("text").answer == {"text": "in time"}


def test_a_save_within_the_grace_counts(sitting: Sitting) -> None:
    sitting.person.app.config["GRACE_SECONDS"] = 120  # a busy machine may need more than five for this
    sitting.let_pass(minutes=30, seconds=1)
    assert sitting.save("text", {"text": "just in time"}).status_code == 200


def test_a_save_that_repeats_what_counts_is_no_late_edit(sitting: Sitting) -> None:
    sitting.save("text", {"text": "in time"})
    sitting.let_pass(minutes=31)
    assert sitting.save("text", {"text": "in time"}, revision=0).status_code == 200
    assert branches(sitting) == []


def test_a_save_after_handing_in_is_late_too(sitting: Sitting) -> None:
    sitting.hand_in()
    assert sitting.save("text", {"text": "too late"}).status_code == 409
    assert [one.is_late for one in branches(sitting)] == [True]


def test_only_so_many_branches_are_kept(sitting: Sitting) -> None:
    sitting.save("text", {"text": "current"})
    for number in range(responses.MAX_BRANCHES + 5):
        sitting.save("text", {"text": f"stale {number}"}, revision=0)
    kept = branches(sitting)
    assert len(kept) == responses.MAX_BRANCHES
    assert kept[0].answer == {"text": "stale 5"}


def test_somebody_elses_response_is_not_found(sitting: Sitting, make_person: Callable[..., Person]) -> None:
    other = make_person()
    body = {"answer": {"text": "mine now"}, "revision": 0}
    path = draft(sitting)
    there = other.send_json("PUT", path, body)
    missing = other.send_json("PUT", "/responses/999999/draft", body)
    assert (there.status_code, missing.status_code) == (404, 404)
    assert there.json is not None
    assert missing.json is not None
    assert there.json["error"]["message"] == missing.json["error"]["message"]
    assert sitting.response("text").answer is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"answer": {"text": "x"}}, 422),
        ({"answer": {"text": "x"}, "revision": "0"}, 422),
        ({"answer": {"text": "x"}, "revision": True}, 422),
        ({"answer": {"text": "x"}, "revision": -1}, 422),
        ({"answer": {"text": "x"}, "revision": 2**70}, 422),
        ({"answer": "x", "revision": 0}, 422),
        ({"answer": {"text": 7}, "revision": 0}, 422),
        ({"answer": {"text": "a\x00b"}, "revision": 0}, 422),
        ({"answer": {"text": "\ud800"}, "revision": 0}, 422),
        ({"answer": {"text": "x" * 20_001}, "revision": 0}, 422),
        ([1, 2], 400),
    ],
)
def test_what_cannot_be_kept_is_refused_with_words(sitting: Sitting, body: Any, status: int) -> None:
    reply = sitting.person.send_json("PUT", draft(sitting), body)
    assert reply.status_code == status
    assert reply.json is not None
    assert reply.json["error"]["message"]
    assert reply.json["error"]["what_to_do"]
    assert sitting.response("text").answer is None


@pytest.mark.parametrize(
    "raw", ["[" * 100_000, '{"answer": ' * 50_000, "{", '{"revision": ' + "9" * 5000 + "}"]
)
def test_hostile_json_is_refused_not_a_fault(sitting: Sitting, raw: str) -> None:
    client = sitting.person.client
    headers = {"X-CSRFToken": csrf_token(client), "Content-Type": "application/json"}
    assert client.put(draft(sitting), data=raw, headers=headers).status_code in (400, 422)


def test_other_content_types_are_refused(sitting: Sitting) -> None:
    client = sitting.person.client
    headers = {"X-CSRFToken": csrf_token(client), "Content-Type": "text/plain"}
    body = json.dumps({"answer": {"text": "x"}, "revision": 0})
    assert client.put(draft(sitting), data=body, headers=headers).status_code == 415


def test_saving_needs_the_token(sitting: Sitting) -> None:
    reply = sitting.person.client.put(draft(sitting), json={"answer": {"text": "x"}, "revision": 0})
    assert reply.status_code == 400
    assert sitting.response("text").answer is None


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "at least one file"),
        ({"app.py": "x" * 70_000}, "at most 64 KiB"),
        ({f"f{number}.py": "" for number in range(21)}, "at most 20"),
        ({"../app.py": ""}, "name"),
        ({"/etc/passwd": ""}, "name"),
        ({"app.py": None}, "text"),
        ({"app.py": "\0"}, "NUL"),
        ({"app.py": "\udfff"}, "half of a character"),
        ("app.py", "at least one file"),
    ],
)
def test_odd_files_are_refused(files: Any, said: str) -> None:
    with pytest.raises(AnswerError, match=said):
        cleaned(code("code-1"), {"files": files})


def test_a_file_the_question_does_not_have_is_refused(sitting: Sitting) -> None:
    reply = sitting.save("code", {"files": {"other.py": ""}})
    assert reply.status_code == 422
    assert reply.json is not None
    assert "app.py" in reply.json["error"]["what_to_do"]


def test_an_answer_keeps_only_what_its_kind_knows(sitting: Sitting) -> None:
    sitting.save("choice", {"options": [1], "points": 100, "mark": {"correct": True}})
    response = sitting.response("choice")
    assert (response.answer, response.points) == ({"options": [1]}, None)


def test_the_rate_limit_holds(
    make_app: Callable[..., Flask], shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paces, "time", SimpleNamespace(time=lambda: 1_800_000_000.0))  # all in one minute
    app = make_app(RATELIMIT_ENABLED=True)
    shelf.publish(app)
    with app.app_context():
        accounts.register("quick@example.org", "Quick", "nine otters under ice")
    person = Person(app, app.test_client(), "quick@example.org")
    person.sign_in()
    headers = {"X-CSRFToken": csrf_token(person.client)}
    statuses = [
        person.client.put(
            "/practice/basics/text-1/draft", json={"answer": {"text": "x"}, "revision": 0}, headers=headers
        ).status_code
        for _ in range(245)
    ]
    assert statuses == [200] * 240 + [429] * 5
    with app.app_context():
        assert db.session.scalar(select(func.count(Response.id))) == 1
