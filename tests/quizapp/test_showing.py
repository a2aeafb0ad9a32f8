"""When results are shown, and that nothing tells them before: every page and reply is walked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader

from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, ErrorReport
from quizapp.receipt import database_now
from quizapp.rules.showing import Showing, hides_verdicts, release, rule_of
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import CHANGED, Sitting, judge, start

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
# What only results tell: reasons, right answers, what a hidden test says, sentences of the report.
TELLING = (
    "It is so.",
    "Because the rule says so.",
    "double(3) should be 6",
    "Worked answer",
    "of 44 points",
    "Accepted",
    "accepted",
    "Wrong answer",
    "wrong_answer",
)


@pytest.mark.parametrize(
    ("blueprint", "is_hiring", "expected"),
    [
        ({}, False, Showing.AT_ONCE),
        (None, False, Showing.AT_ONCE),
        ({"results": None}, True, Showing.NEVER),
        ({"results": "at-once"}, True, Showing.AT_ONCE),
        ({"results": "never"}, False, Showing.NEVER),
        ({"results": "after-window"}, False, Showing.AFTER_WINDOW),
    ],
)
def test_a_mock_shows_at_once_and_hiring_never_unless_it_says_otherwise(
    blueprint: dict[str, Any] | None, is_hiring: bool, expected: Showing
) -> None:
    assert rule_of(blueprint, is_hiring=is_hiring) is expected


@pytest.mark.parametrize(
    ("window_end", "last", "minutes_later", "is_shown", "at"),
    [
        (NOON, None, -1, False, 0),
        (NOON, 180, -1, False, 0),  # who else begins, and with how much time, is not known yet
        (NOON, None, 0, True, 0),
        (NOON, -5, 0, True, 0),
        (NOON, 180, 179, False, 180),  # somebody with 300 % of an hour is at it
        (NOON, 180, 180, True, 180),
        (None, None, 10**6, False, None),  # a window that never closes
    ],
)
def test_after_the_window_means_when_nobody_is_at_it(
    window_end: datetime | None, last: float | None, minutes_later: float, is_shown: bool, at: float | None
) -> None:
    def moment(minutes: float | None) -> datetime | None:
        return None if minutes is None else NOON + timedelta(minutes=minutes)

    now = NOON + timedelta(minutes=minutes_later)
    blueprint = {"results": "after-window", "minutes": 60}
    found = release(blueprint, is_hiring=False, window_end=window_end, last_end=lambda: moment(last), now=now)
    assert (found.is_shown, found.at) == (is_shown, moment(at))


def test_verdicts_are_shown_unless_the_blueprint_hides_them() -> None:
    assert not hides_verdicts({})
    assert not hides_verdicts({"verdicts": "shown"})
    assert hides_verdicts({"verdicts": "hidden"})


@pytest.fixture
def published(app: Flask, shelf: Shelf) -> Callable[..., None]:
    """Publish the interview with these rules."""

    def publish(**rules: Any) -> None:
        shelf.blueprint(**rules)
        done = shelf.publish(app)
        assert not done.findings, [str(one) for one in done.findings]

    return publish


def sat(person: Person) -> tuple[Sitting, int]:
    """A finished attempt with right answers and a submission that a hidden test failed, and the submission's number."""
    sitting = start(person)
    sitting.answer_all()
    path = f"/responses/{sitting.response('code').id}/submissions"
    person.app.config["NO_WAITING"] = True
    body = {"scope": "full", "files": CHANGED["files"], "key": "one"}
    sent = person.send_json("POST", path, body)
    judge(person, "wrong_answer", 0.5)
    return sitting, int(sent.get_json()["submission"]["id"])


def replies(sitting: Sitting, submission: int) -> Iterator[tuple[str, str]]:
    """Everything a candidate can open of and around an attempt."""
    response = sitting.response("code").id
    for path in (
        f"{sitting.path}/report",
        sitting.path,
        f"{sitting.path}/clock",
        f"{sitting.path}/finish",
        f"/submissions/{submission}",
        f"/responses/{response}/submissions",
        "/",
        "/history",
        "/interviews",
        "/interviews/first-round",
        "/error-reports",
        f"{sitting.path}/report.pdf",
    ):
        reply = sitting.person.get(path, follow_redirects=True)
        assert reply.status_code == 200, (path, reply.status_code)
        yield path, written(reply.data)
    for path, reply in (
        ("transcript", sitting.person.get(f"{sitting.path}/transcript")),
        ("records", sitting.person.post("/account/records")),
    ):
        with zipfile.ZipFile(io.BytesIO(reply.data)) as archive:
            yield path, "\n".join(archive.read(name).decode() for name in archive.namelist())
    stopped = sitting.person.send_json("POST", f"/submissions/{submission}/stop", {})
    yield "stop", stopped.text


def written(content: bytes) -> str:
    """The text of a page, or of the pages of a PDF file."""
    if not content.startswith(b"%PDF"):
        return content.decode()
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def told(sitting: Sitting, submission: int) -> dict[str, list[str]]:
    """Which pages and replies tell something of the results."""
    return {
        path: found
        for path, text in replies(sitting, submission)
        if (found := [word for word in TELLING if word in text])
    }


def test_results_that_are_never_shown_are_told_nowhere(
    candidate: Person, published: Callable[..., None]
) -> None:
    published(results="never", verdicts="hidden")
    sitting, submission = sat(candidate)
    sitting.hand_in()
    assert told(sitting, submission) == {}
    page = candidate.get(f"{sitting.path}/report").text
    assert "Score and right answers are not shown to you." in page
    assert "url_for" in page, "one's own answers stay one's own"
    assert "What arrived" in page


def test_the_walk_finds_what_is_told(candidate: Person, published: Callable[..., None]) -> None:
    """The same walk over an interview that tells: otherwise the one above could be blind."""
    published()
    sitting, submission = sat(candidate)
    sitting.hand_in()
    found = told(sitting, submission)
    assert set(found) >= {
        f"{sitting.path}/report",
        f"{sitting.path}/report.pdf",
        f"/submissions/{submission}",
        "transcript",
        "records",
    }
    assert any("wrong_answer" in words for words in found.values())


def test_after_the_window_the_same_pages_tell_when_the_last_one_has_ended(
    candidate: Person, published: Callable[..., None], make_person: Callable[..., Person]
) -> None:
    closes = database_now_in(candidate) + timedelta(hours=3)
    published(results="after-window", closes=closes.isoformat())
    sitting, submission = sat(candidate)
    sitting.hand_in()
    slow = start(make_person(name="Sana Slow"))
    assert f"{sitting.path}/report" not in told(sitting, submission)
    assert "and has extra time then goes on" in candidate.get(f"{sitting.path}/report").text
    with candidate.app.app_context():
        now = database_now()
        for id_ in (sitting.attempt_id, slow.attempt_id):
            attempt = db.session.get_one(Attempt, id_)
            attempt.window_end = now - timedelta(minutes=2.5 * (attempt.minutes or 0))
            attempt.started_at = attempt.window_end - timedelta(minutes=1)
            attempt.extra_share = 3.0  # longer than the window and once the length
        db.session.commit()
    assert f"{sitting.path}/report" not in told(sitting, submission)
    assert "the last to have begun it ends by" in candidate.get(f"{sitting.path}/report").text
    slow.hand_in()
    assert f"{sitting.path}/report" in told(sitting, submission)


def database_now_in(person: Person) -> datetime:
    with person.app.app_context():
        return database_now()


def test_a_hidden_verdict_is_taken_whatever_it_is_and_however_far(
    candidate: Person, published: Callable[..., None]
) -> None:
    published(verdicts="hidden")
    candidate.app.config["NO_WAITING"] = True
    sitting = start(candidate)
    path = f"/responses/{sitting.response('code').id}/submissions"
    seen = []
    for key, verdict, share in (
        ("a", "accepted", 1.0),
        ("b", "time_limit", 0.0),
        ("c", "internal_error", 0.0),
    ):
        body = {"scope": "full", "files": {"app.py": f"key = '{key}'\n"}, "key": key}
        sent = candidate.send_json("POST", path, body)
        assert sent.status_code == 200
        waiting = sent.get_json()["submission"]
        stopped = candidate.send_json("POST", f"/submissions/{waiting['id']}/stop", {})
        assert stopped.status_code == 409, "stopping would tell how long it takes"
        judge(candidate, verdict, share)
        judged = candidate.get(f"/submissions/{waiting['id']}").get_json()["submission"]
        assert judged == waiting, "nothing changes when it is judged"
        seen.append({name: value for name, value in judged.items() if name not in ("id", "created_at")})
    assert seen[0] == seen[1] == seen[2]
    assert (seen[0]["verdict"], seen[0]["points"], seen[0]["finished_at"]) == ("taken", None, None)
    listed = candidate.get(path).get_json()["submissions"]
    assert {(one["verdict"], one["share"]) for one in listed} == {("taken", None)}
    # Its own kind of run is answered as ever.
    candidate.send_json("POST", path, {"scope": "sample", "files": CHANGED["files"], "key": "d"})
    judge(candidate, "wrong_answer", 0.0, name="test_samples.py::test_two")
    newest = candidate.get(path).get_json()["submissions"][0]
    assert newest["verdict"] == "wrong_answer"
    sitting.hand_in()
    assert "of 44 points" in candidate.get(f"{sitting.path}/report").text


def test_hiring_tells_nothing_by_itself(candidate: Person, published: Callable[..., None]) -> None:
    published()
    sitting, submission = sat(candidate)
    sitting.hand_in()
    with candidate.app.app_context():
        db.session.get_one(Attempt, sitting.attempt_id).kind = AttemptKind.HIRING
        db.session.commit()
    assert told(sitting, submission) == {}


def test_an_authors_note_is_kept_back_with_the_results(
    candidate: Person, published: Callable[..., None]
) -> None:
    published(results="never")
    sitting, _ = sat(candidate)
    response = sitting.response("choice").id
    candidate.post(f"/responses/{response}/error-reports", {"text": "The second is right."})
    sitting.hand_in()
    with candidate.app.app_context():
        report = db.session.scalars(db.select(ErrorReport)).one()
        report.note, report.settled_at = "Yes, it is the canary.", database_now()
        db.session.commit()
    for path in ("/error-reports", f"{sitting.path}/report"):
        page = candidate.get(path).text
        assert "The second is right." in page
        assert "canary" not in page
    with candidate.app.app_context():
        attempt = db.session.get_one(Attempt, sitting.attempt_id)
        attempt.blueprint = {**(attempt.blueprint or {}), "results": "at-once"}
        db.session.commit()
    assert "canary" in candidate.get("/error-reports").text


def test_managers_see_what_candidates_do_not(
    candidate: Person, manager: Person, published: Callable[..., None]
) -> None:
    published(results="never")
    sitting, _ = sat(candidate)
    sitting.hand_in()
    candidate.post(f"{sitting.path}/share", {"shared": "1"})
    page = manager.get(f"/manage/mocks/{sitting.attempt_id}").text
    assert "of 44 points" in page
    assert "double(3) should be 6" in page


def test_the_rule_is_told_before_the_start_and_before_handing_in(
    candidate: Person, published: Callable[..., None]
) -> None:
    published(results="never", verdicts="hidden")
    lobby = candidate.get("/interviews/first-round").text
    assert "Score and right answers are not shown to you." in lobby
    assert "without saying what the hidden tests find" in lobby
    sitting = start(candidate)
    assert "Score and right answers are not shown to you." in candidate.get(f"{sitting.path}/finish").text
    code = sitting.response("code").position
    assert "without saying what they find" in candidate.get(f"{sitting.path}?q={code}").text


def test_results_after_a_window_need_one(app: Flask, shelf: Shelf) -> None:
    shelf.blueprint(results="after-window")
    (finding,) = shelf.publish(app).findings
    assert finding.code == "missing-key"
