"""A reviewer runs a candidate's code again: through the queue, in their own name, and it counts nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from quizapp.errors import Unprocessable
from quizapp.extensions import db
from quizapp.models import AuditEntry, Response, Role, Scope, Submission, SubmissionState, User
from quizapp.receipt import database_now
from quizapp.services import home, responses, review_runs, submissions
from tests.quizapp.hirings import OWNER, REVIEWER, VIEWER, Hiring, hire
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import CHANGED, Sitting

SCRATCH = "def double(number):\n    return 2 * number\n"


@pytest.fixture
def hiring(app: Flask, library: Shelf, manager: Person) -> Hiring:
    return hire(app, {OWNER: manager})


@pytest.fixture
def sat(hiring: Hiring, candidate: Person) -> Sitting:
    return hiring.sat(candidate, code=0.0)


def address(sitting: Sitting) -> str:
    return f"/manage/attempts/{sitting.attempt_id}/answers/{sitting.response('code').id}/run"


def run_of(app: Flask) -> Submission:
    with app.app_context():
        reviewed = Submission.scope.in_((Scope.REVIEW, Scope.REVIEW_RUN))
        return db.session.scalars(select(Submission).where(reviewed)).one()


def finish(app: Flask, **outcome: object) -> None:
    """Judge the run as a worker would."""
    with app.app_context():
        run = db.session.scalars(select(Submission).where(Submission.state != SubmissionState.DONE)).one()
        run.state, run.verdict, run.share = SubmissionState.DONE, "accepted", 1.0
        run.finished_at = database_now()
        run.outcome = {"status": "finished", "expected_tests": 1, **outcome}
        db.session.commit()


def told_of(reply: TestResponse) -> dict[str, Any]:
    """What the editor's page is told of a run."""
    told: dict[str, Any] = reply.get_json()["submission"]
    return told


def test_it_begins_with_what_the_candidate_left_and_with_what_they_sent(
    sat: Sitting, manager: Person
) -> None:
    page = manager.get(address(sat)).text
    assert "return number + number" in page
    assert "as it was saved last" in page
    assert "return number\n</textarea>" in manager.get(f"{address(sat)}?from=starter").text
    assert '"run": null' in page
    assert "data-editor-place" in page


def test_a_changed_copy_waits_in_the_live_queue_in_the_name_of_the_reviewer(
    app: Flask, sat: Sitting, manager: Person
) -> None:
    before = sat.response("code")
    reply = manager.post(address(sat), {"scope": "full", "key": "a", "file:app.py": SCRATCH})
    assert reply.status_code == 303
    run = run_of(app)
    assert (run.scope, run.queue, run.user_id) == (Scope.REVIEW, "live", manager.id)
    assert run.files == {"app.py": SCRATCH}
    assert "Load again" in manager.get(reply.location).text
    test = {"name": "test_hidden.py::test_canary", "status": "passed", "expected": "6", "got": "6"}
    finish(app, tests=[test], stdout="Canary of output")
    page = manager.get(reply.location).text
    for shown in ("Accepted", "test_canary", "Canary of output", "1 of 1 tests"):
        assert shown in page, shown
    assert "Load again" not in page
    assert SCRATCH in page
    with app.app_context():
        responses.settle(db.session.get_one(Response, before.id))
        db.session.commit()
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "answer.run_again")).one()
        assert entry.facts["scope"] == "review"
    after = sat.response("code")
    for name in ("points", "state", "tries", "is_solved", "answer", "mark"):
        assert getattr(after, name) == getattr(before, name), name


def test_it_is_none_of_the_candidates_tries_and_they_do_not_see_it(
    app: Flask, sat: Sitting, manager: Person
) -> None:
    manager.post(address(sat), {"scope": "full", "key": "a", "file:app.py": SCRATCH})
    finish(app, tests=[])
    number, number_of_reviewer = run_of(app).id, manager.id
    with app.app_context():
        response = db.session.get_one(Response, sat.response("code").id)
        assert number not in [one.id for one in submissions.earlier(response)]
        assert responses.counted(response.id).count == 1
        reviewer = db.session.get_one(User, number_of_reviewer)
        assert sum(day.count for day in home.show(reviewer).days) == 0
    assert sat.person.get(f"/submissions/{number}").status_code == 404
    assert manager.get(f"/submissions/{number}").status_code == 404, "it is read on its own page only"
    for page in (f"{sat.path}/report", f"/responses/{sat.response('code').id}/submissions"):
        assert SCRATCH not in sat.person.get(page).text
    page = manager.get(f"/manage/attempts/{sat.attempt_id}").text
    assert "0 submissions" in page
    assert SCRATCH not in page


def test_own_input_and_requests_go_along(app: Flask, sat: Sitting, manager: Person) -> None:
    form = {"scope": "run", "key": "b", "file:app.py": SCRATCH, "stdin": "one\r\ntwo"}
    manager.post(address(sat), form | {"requests": 'get /a?b=c\n\nPOST /notes {"text": "a b"}'})
    run = run_of(app)
    assert (run.scope, run.stdin) == (Scope.REVIEW_RUN, "one\ntwo")
    assert [(one["method"], one["path"], one["body"]) for one in run.requests] == [
        ("GET", "/a?b=c", ""),
        ("POST", "/notes", '{"text": "a b"}'),
    ]
    finish(app, responses=[{"status": 200, "headers": [], "body": "Canary of answers"}])
    page = manager.get(address(sat)).text
    assert "Canary of answers" in page
    assert "Ran to its end" in page


def test_the_editor_sends_and_follows_a_run_and_stops_it(
    app: Flask, sat: Sitting, manager: Person, make_person: Callable[..., Person]
) -> None:
    body = {"scope": "full", "files": {"app.py": SCRATCH}, "key": "editor"}
    reply = manager.send_json("POST", address(sat), body)
    assert reply.status_code == 202
    here = f"{address(sat)}/{told_of(reply)['id']}"
    assert told_of(manager.get(here))["state"] == "queued"
    test = {"name": "test_hidden.py::test_canary", "status": "failed", "expected": "6", "got": "5"}
    finish(app, tests=[test])
    told = told_of(manager.get(here))
    assert (told["scope"], told["state"], told["points"]) == ("full", "done", None)
    assert (told["tests"][0]["expected"], told["tests"][0]["got"]) == ("6", "5"), "all is shown to reviewers"
    reply = manager.send_json("POST", address(sat), {**body, "scope": "run", "stdin": "1", "key": "other"})
    here = f"{address(sat)}/{told_of(reply)['id']}"
    assert told_of(manager.send_json("POST", f"{here}/stop", {}))["verdict"] == "cancelled"
    assert manager.send_json("POST", address(sat), {**body, "files": {}}).status_code == 422
    other = make_person(Role.MANAGER)
    Hiring(app, "backend", 1).give(other, REVIEWER)
    assert other.get(here).status_code == 404, "each has their own runs"
    assert sat.person.get(here).status_code == 403
    with app.app_context():
        mine = Submission.response_id == sat.response("code").id, Submission.scope == Scope.FULL
        own = db.session.scalars(select(Submission.id).where(*mine)).one()
    assert manager.get(f"{address(sat)}/{own}").status_code == 404, (
        "what the candidate sent is no run of theirs"
    )


def test_what_cannot_be_run_comes_back_as_it_was_typed(app: Flask, sat: Sitting, manager: Person) -> None:
    for form, told in (
        ({"file:app.py": "Canary = 1", "requests": "fetch /x", "scope": "run"}, "This is no request"),
        ({"file:app.py": f"Canary = '{'x' * 70_000}'", "scope": "full"}, "KiB"),
        ({"file:other.py": "x", "file:app.py": "Canary = 1", "scope": "full"}, "no file"),
    ):
        reply = manager.post(address(sat), {"key": "c", **form})
        assert reply.status_code == 422, told
        assert told in reply.text
        assert "Canary" in reply.text
    with app.app_context():
        assert not db.session.scalars(select(Submission).where(Submission.scope == Scope.REVIEW)).all()


def test_a_double_click_is_one_run(app: Flask, sat: Sitting, manager: Person) -> None:
    form = {"scope": "full", "key": "same", "file:app.py": SCRATCH}
    first, second = (manager.post(address(sat), form) for _ in range(2))
    assert first.location == second.location
    assert run_of(app).id


def test_only_reviewers_run_and_only_code_of_finished_attempts(
    app: Flask, hiring: Hiring, sat: Sitting, manager: Person, make_person: Callable[..., Person]
) -> None:
    other = make_person(Role.MANAGER, name="Vic Viewer")
    form = {"scope": "full", "key": "d", "file:app.py": SCRATCH}
    assert other.post(address(sat), form).status_code == 404
    hiring.give(other, VIEWER)
    assert other.get(address(sat)).status_code == 403
    assert other.post(address(sat), form).status_code == 403
    hiring.give(other, REVIEWER)
    assert other.get(address(sat)).status_code == 200
    text = sat.response("text").id
    assert manager.get(f"/manage/attempts/{sat.attempt_id}/answers/{text}/run").status_code == 404
    running = hiring.start(make_person())
    running.save("code", CHANGED)
    assert manager.get(address(running)).status_code == 404


@pytest.mark.parametrize("line", ["GET", "GET x", "BREW /pot", "/x", "GET  "])
def test_lines_that_are_no_request(line: str) -> None:
    with pytest.raises(Unprocessable):
        review_runs.requests_of(line)
