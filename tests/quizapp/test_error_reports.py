"""Candidates report errors in questions; authors settle them; everybody sees only what is theirs to see."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import AuditEntry, ErrorReport, Role
from quizapp.rules import answers
from quizapp.services import accounts, error_reports
from tests.quizapp.people import PASSWORD, Person
from tests.quizapp.shelf import Shelf, bug, choice, code, text
from tests.quizapp.sittings import CHANGED, start

PRACTICE = "/practice/basics/text-1"
AUTHOR = "/author/questions/text-1/reports"
WRONG = "url_for is <b>not</b> the only one."


@pytest.fixture
def author(make_person: Callable[..., Person]) -> Person:
    return make_person(Role.AUTHOR, name="Alex Author")


def reports(app: Flask) -> list[ErrorReport]:
    with app.app_context():
        return list(db.session.scalars(select(ErrorReport).order_by(ErrorReport.id)))


def test_a_report_from_practice_arrives_and_its_settling_comes_back(
    candidate: Person, author: Person, library: Shelf
) -> None:
    assert "Report an error in this question" in candidate.get(PRACTICE).text
    reply = candidate.post(f"{PRACTICE}/error-reports", {"text": WRONG})
    assert reply.location == PRACTICE
    page = author.get(AUTHOR).text
    assert "url_for is &lt;b&gt;not&lt;/b&gt; the only one." in page
    assert "version 1" in page
    assert "Ines" not in page, "whoever reports stays unnamed"
    assert "1 question with open error reports" in author.get("/author/questions").text
    assert "Title of text-1" in author.get("/author/questions?reported=1").text
    assert "Title of choice-1" not in author.get("/author/questions?reported=1").text

    (report,) = reports(candidate.app)
    author.post(f"{AUTHOR}/{report.id}", {"note": "You are right, mended."})
    page = candidate.get("/error-reports").text
    assert "You are right, mended." in page
    assert "Settled" in page
    assert "You are right, mended." in candidate.get(PRACTICE).text
    assert "with open error reports" not in author.get("/author/questions").text
    with candidate.app.app_context():
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "error_report.settled")
        ).one()
        assert entry.facts["question"] == "text-1"


def test_a_report_is_sent_without_leaving_the_page(candidate: Person, library: Shelf) -> None:
    headers = {"Accept": "application/json"}
    reply = candidate.post(f"{PRACTICE}/error-reports", {"text": WRONG}, headers=headers)
    assert reply.json == {"message": "Thank you. An author reads it."}
    reply = candidate.post(f"{PRACTICE}/error-reports", {"text": " "}, headers=headers)
    assert reply.status_code == 422
    assert (reply.json or {})["error"]["message"] == "The report is empty"


def test_during_an_interview_the_work_goes_on_and_nothing_of_it_changes(
    candidate: Person, author: Person, library: Shelf
) -> None:
    sitting = start(candidate)
    sitting.save("text", {"text": "half an ans"})
    before = sitting.response("text")
    page = candidate.get(f"{sitting.path}?q={before.position}").text
    assert f"/responses/{before.id}/error-reports" in page
    assert "The clock goes on." in page
    reply = candidate.post(f"/responses/{before.id}/error-reports", {"text": WRONG, "with_answer": "1"})
    assert reply.location == f"{sitting.path}?q={before.position}"
    after = sitting.response("text")
    assert (after.revision, after.answer, after.state) == (before.revision, before.answer, before.state)
    assert sitting.attempt().finished_at is None
    assert "half an ans" in author.get(AUTHOR).text
    code_position = sitting.response("code").position
    assert "Report an error" in candidate.get(f"{sitting.path}?q={code_position}").text


def test_without_scripts_the_answer_is_saved_with_the_report(
    candidate: Person, author: Person, library: Shelf
) -> None:
    sitting = start(candidate)
    position = sitting.response("text").position
    page = candidate.get(f"{sitting.path}?q={position}").text
    button = re.search(r'form="answer-form" name="goto" value="report">(?:<svg.*?</svg>)?([^<]*)<', page)
    assert button
    assert button[1] == "Save the answer and send the report"
    form = {"text": "typed and not saved", "revision": "0", "goto": "report", "with_answer": "1"}
    reply = candidate.post(f"{sitting.path}/save?q={position}", form | {"error_text": WRONG})
    assert reply.status_code == 307, "the browser sends the whole form there"
    reply = candidate.post(reply.location, form | {"error_text": WRONG}, follow_redirects=True)
    assert "Thank you. An author reads it." in reply.text
    assert reply.request.path == sitting.path
    assert sitting.response("text").answer == {"text": "typed and not saved"}
    told = author.get(AUTHOR).text
    assert "url_for is" in told
    assert "typed and not saved" in told, "the answer goes along as it is now"
    there = f"/responses/{sitting.response('text').id}/error-reports"
    assert (
        "The report is empty" in candidate.post(there, form | {"error_text": " "}, follow_redirects=True).text
    )


def test_after_the_finish_the_report_page_takes_it(candidate: Person, library: Shelf) -> None:
    sitting = start(candidate)
    sitting.hand_in()
    response = sitting.response("text")
    assert f"/responses/{response.id}/error-reports" in candidate.get(f"{sitting.path}/report").text
    reply = candidate.post(f"/responses/{response.id}/error-reports", {"text": WRONG})
    assert reply.location == f"{sitting.path}/report#q{response.position}"


def test_an_answer_is_seen_only_when_it_was_sent_along_or_is_shared(
    candidate: Person, author: Person, manager: Person, library: Shelf
) -> None:
    sitting = start(candidate)
    sitting.save("text", {"text": "secret thoughts"})
    sitting.hand_in()
    response = sitting.response("text")
    candidate.post(f"/responses/{response.id}/error-reports", {"text": WRONG})
    assert "secret thoughts" not in author.get(AUTHOR).text
    candidate.post(f"{sitting.path}/share", {"shared": "1"})
    assert "secret thoughts" in author.get(AUTHOR).text
    candidate.post(f"{sitting.path}/share", {"shared": "0"})
    assert "secret thoughts" not in author.get(AUTHOR).text
    assert "Report an error" not in manager.get(f"/manage/mocks/{sitting.attempt_id}").text


def test_practice_shows_its_answer_only_with_consent(
    candidate: Person, author: Person, library: Shelf
) -> None:
    candidate.post(f"{PRACTICE}/answer", {"text": "secret practice"})
    candidate.post(f"{PRACTICE}/error-reports", {"text": WRONG})
    assert "secret practice" not in author.get(AUTHOR).text
    candidate.post(f"{PRACTICE}/error-reports", {"text": WRONG, "with_answer": "1"})
    assert "secret practice" in author.get(AUTHOR).text


def test_reports_name_the_version_that_was_seen(candidate: Person, author: Person, library: Shelf) -> None:
    candidate.post(f"{PRACTICE}/error-reports", {"text": WRONG})
    library.question(text("text-1", accept=["url_for", "flask.url_for"]))
    library.publish(candidate.app)
    page = author.get(AUTHOR).text
    assert "version=1" in page
    assert "old=1&amp;new=2" in page


@pytest.mark.parametrize("sent", [" \n", "x" * 2001, "\0"])
def test_what_cannot_be_a_report_is_refused(candidate: Person, library: Shelf, sent: str) -> None:
    candidate.post(f"{PRACTICE}/error-reports", {"text": sent})
    assert reports(candidate.app) == []


def test_a_fourth_open_report_about_the_same_question_is_refused(
    candidate: Person, make_person: Callable[..., Person], library: Shelf
) -> None:
    for _ in range(5):
        candidate.post(f"{PRACTICE}/error-reports", {"text": WRONG})
    assert len(reports(candidate.app)) == error_reports.MOST_OPEN
    make_person().post(f"{PRACTICE}/error-reports", {"text": WRONG})
    candidate.post("/practice/basics/choice-1/error-reports", {"text": WRONG})
    assert len(reports(candidate.app)) == error_reports.MOST_OPEN + 2


def test_reporting_is_limited_per_person(make_app: Callable[..., Flask], shelf: Shelf) -> None:
    app = make_app(RATELIMIT_ENABLED=True)
    with app.app_context():
        accounts.register("many@example.org", "Many", PASSWORD, Role.CANDIDATE, action="user.created")
    shelf.publish(app)
    person = Person(app, app.test_client(), "many@example.org")
    person.sign_in()
    paths = [f"/practice/basics/choice-{number}/error-reports" for number in (1, 2, 3, 4)]
    codes = [person.post(paths[turn % 4], {"text": WRONG}).status_code for turn in range(11)]
    assert codes == [303] * 10 + [429]


def test_somebody_elses_response_takes_no_report(
    candidate: Person, make_person: Callable[..., Person], library: Shelf
) -> None:
    response = start(candidate).response("text")
    assert make_person().post(f"/responses/{response.id}/error-reports", {"text": WRONG}).status_code == 404
    assert candidate.post("/practice/secret/hired/error-reports", {"text": WRONG}).status_code == 404
    assert "Nobody" not in make_person().get("/error-reports").text


def test_settling_needs_a_note_an_author_and_an_open_report(
    candidate: Person, author: Person, manager: Person, library: Shelf
) -> None:
    candidate.post(f"{PRACTICE}/error-reports", {"text": WRONG})
    (report,) = reports(candidate.app)
    path = f"{AUTHOR}/{report.id}"
    assert candidate.post(path, {"note": "x"}).status_code == 403
    assert manager.post(path, {"note": "x"}).status_code == 403
    assert "note is missing" in author.post(path, {"note": " "}, follow_redirects=True).text
    assert "too long" in author.post(path, {"note": "x" * 1001}, follow_redirects=True).text
    author.post(path, {"note": "First."})
    assert "already" not in author.get(AUTHOR).text
    assert "Somebody else has settled" in author.post(path, {"note": "Second."}, follow_redirects=True).text
    assert reports(candidate.app)[0].note == "First."
    assert author.post(f"{AUTHOR}/99", {"note": "x"}).status_code == 404


WORDS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (choice("a"), {"options": [0, 1]}, "Wrong one\nRight one"),
    (text("a"), {"text": "mine"}, "mine"),
    (bug("a"), {"lines": [2]}, "2: print(number * 8)"),
    (
        {"kind": "order", "lines": ["b", "    a"], "distractors": [], "indent": True},
        {"lines": [1, 0], "indent": [0, 1]},
        "b\n    a",
    ),
    (code("a"), CHANGED, "# app.py\ndef double(number):\n    return number + number\n"),
    (choice("a"), {}, ""),
]


@pytest.mark.parametrize(("content", "answer", "expected"), WORDS)
def test_answers_can_be_read_as_text(content: dict[str, Any], answer: dict[str, Any], expected: str) -> None:
    assert answers.as_text(content, answer) == expected
