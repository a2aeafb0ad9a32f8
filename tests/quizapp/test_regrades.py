"""Answers are marked again after a correction: listed first, applied and undone as a whole, never lowered in silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from quizapp import regrade_cli
from quizapp.errors import Conflict, Forbidden, Unprocessable
from quizapp.extensions import db
from quizapp.models import (
    AuditEntry,
    Regrade,
    RegradeItem,
    Response,
    ResponseState,
    Role,
    Scope,
    Submission,
    SubmissionState,
    User,
)
from quizapp.receipt import database_now
from quizapp.rules import remarking
from quizapp.services import operations, regrade_decisions, regrades, responses
from quizapp.services.regrade_lines import Outlook
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, bug, choice, code, free, order, output, text
from tests.quizapp.sittings import CHANGED, Sitting, judge, start

ALL = [
    {"title": "All", "count": 3, "kinds": ["text", "choice"]},
    {"title": "Code", "count": 1, "kinds": ["code"]},
]
OTHER = {"files": {"app.py": "def double(number):\n    return 2 * number\n"}}


@pytest.fixture
def author(make_person: Callable[..., Person]) -> Person:
    return make_person(Role.AUTHOR, name="Alex Author")


@pytest.fixture
def sitting(candidate: Person, library: Shelf) -> Sitting:
    """A finished interview in which `flask.url_for` was answered to text-1, and everything else rightly."""
    sitting = start(candidate)
    sitting.answer_all()
    response = sitting.response("text")
    path = f"/responses/{response.id}/draft"
    candidate.send_json("PUT", path, {"answer": {"text": "flask.url_for"}, "revision": response.revision})
    sitting.save("code", CHANGED)
    sitting.hand_in()
    judge(candidate, "wrong_answer", 0.5)
    return sitting


def corrected(library: Shelf, app: Flask, **changes: Any) -> None:
    library.question(text("text-1", **({"accept": ["url_for", "flask.url_for"]} | changes)))
    library.publish(app)


def user(person: Person) -> User:
    return db.session.scalars(select(User).where(User.email == person.email)).one()


def apply(person: Person, number: int, *, is_only_raising: bool = False) -> Outlook:
    seen = regrades.show(number).digest
    return regrade_decisions.apply(number, user(person), is_only_raising=is_only_raising, seen=seen)


def judged(person: Person, *verdicts: tuple[str, float]) -> None:
    """Give the waiting runs of a regrade these verdicts, in their order, as workers do."""
    with person.app.app_context():
        waiting = db.session.scalars(
            select(Submission).where(
                Submission.scope == Scope.REGRADE, Submission.state != SubmissionState.DONE
            )
        ).all()
        for run, (verdict, share) in zip(waiting, verdicts, strict=True):
            run.state, run.verdict, run.share, run.finished_at = (
                SubmissionState.DONE,
                verdict,
                share,
                database_now(),
            )
            run.outcome = {"status": "finished", "tests": [], "expected_tests": 1}
        db.session.commit()


def test_a_correction_is_worked_out_applied_and_undone(
    sitting: Sitting, library: Shelf, manager: Person, author: Person
) -> None:
    app = manager.app
    assert sitting.response("text").points == 0
    mark = sitting.response("text").mark
    corrected(library, app, near_misses=[])
    reply = author.post("/regrades", {"question": "text-1"})
    page = author.get(reply.location).text
    for shown in ("0 → <strong>4</strong>", "Raised", "A manager applies it.", "not shared"):
        assert shown in page
    assert "Ines" not in page, "whose attempt it is stays unknown while it is not shared"
    assert sitting.response("text").points == 0, "working out changes nothing"
    assert author.post(f"{reply.location}/apply", {"how": "all"}).status_code == 403
    assert "Near misses" in page
    page = manager.get(reply.location).text
    assert "Accepted answers" in page
    assert "Near misses" not in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    manager.post(f"{reply.location}/apply", {"how": "raise", "seen": seen})
    response = sitting.response("text")
    assert (response.points, response.state, response.is_solved) == (4, ResponseState.MARKED, True)
    page = sitting.person.get(f"{sitting.path}/report").text
    assert "Your answer was graded again" in page
    assert "0 before, 4 now" in page
    assert ">+</span>- flask.url_for" in page
    manager.post(f"{reply.location}/undo")
    assert sitting.response("text").points == 0
    assert sitting.response("text").mark == mark
    page = sitting.person.get(f"{sitting.path}/report").text
    assert "graded again" not in page
    with app.app_context():
        entries = db.session.scalars(
            select(AuditEntry).where(
                AuditEntry.action.in_(("regrade.applied", "regrade.undone", "answer.regraded"))
            )
        ).all()
        told = [(one.action, one.facts.get("before"), one.facts.get("points")) for one in entries]
    assert sorted(told, key=str) == sorted(
        [
            ("regrade.applied", None, None),
            ("answer.regraded", 0, 4),
            ("regrade.undone", None, None),
            ("answer.regraded", 4, 0),
        ],
        key=str,
    )


def test_no_score_is_lowered_unless_a_manager_says_so(
    sitting: Sitting, library: Shelf, manager: Person, make_person: Callable[..., Person]
) -> None:
    other = start(make_person(name="Noor Haddad"))
    other.answer_all()
    other.hand_in()
    corrected(library, manager.app, accept=["flask.url_for"], near_misses=[])
    with manager.app.app_context():
        number = regrades.start("text-1", user(manager)).id
        found = regrades.show(number)
        assert [(line.old_points, line.new_points) for line in found.lines] == [(4, 0), (0, 4)], (
            "lowered first"
        )
        assert (found.raised, found.lowered) == (1, 1)
    page = manager.get(f"/regrades/{number}").text
    assert "1 answer would lose points" in page
    assert "Raise 1 score, lower none" in page
    with manager.app.app_context():
        apply(manager, number, is_only_raising=True)
    assert (sitting.response("text").points, other.response("text").points) == (4, 4)
    assert "Keeps its points" in manager.get(f"/regrades/{number}").text
    with manager.app.app_context():
        regrade_decisions.undo(number, user(manager))
        again = regrades.start("text-1", user(manager)).id
        apply(manager, again)
    assert (sitting.response("text").points, other.response("text").points) == (4, 0)


def test_code_is_run_again_in_the_bulk_queue_and_counts_once_it_is_applied(
    sitting: Sitting, library: Shelf, manager: Person
) -> None:
    app, id_ = manager.app, sitting.response("code").question_id
    library.question(
        code(id_, tests=code(id_)["tests"] + "\n\ndef test_more():\n    assert double(1) == 2, 'two'\n")
    )
    library.publish(app)
    with app.app_context():
        number = regrades.start(id_, user(manager)).id
        (run,) = db.session.scalars(select(Submission).where(Submission.scope == Scope.REGRADE)).all()
        assert (run.queue, run.files, run.turn) == ("bulk", CHANGED["files"], 0)
        assert "test_more" in str(run.content["tests"])
        run_id = run.id
        found = regrades.show(number)
        assert (found.grading, found.is_complete) == (1, False)
        with pytest.raises(Conflict, match="Not everything is graded"):
            apply(manager, number)
        assert regrades.show(number).regrade.state == "open"
    assert "being graded" in manager.get(f"/regrades/{number}").text
    assert sitting.person.get(f"/submissions/{run_id}").status_code == 404, (
        "what it says counts for nobody yet"
    )
    assert sitting.person.post(f"/submissions/{run_id}/stop").status_code == 404
    judged(manager, ("accepted", 1.0))
    assert sitting.response("code").points == 10
    with app.app_context():
        apply(manager, number)
    response = sitting.response("code")
    assert (response.points, response.is_solved) == (20, True)
    page = sitting.person.get(f"{sitting.path}/report").text
    assert "10 before, 20 now" in page
    assert "test_more" not in page
    with app.app_context():  # what comes late to the old submission changes nothing
        responses.settle(db.session.get_one(Response, response.id))
        db.session.commit()
    assert sitting.response("code").points == 20
    with app.app_context():
        regrade_decisions.undo(number, user(manager))
    assert (sitting.response("code").points, sitting.response("code").is_solved) == (10, False)


@pytest.mark.parametrize("scope", ["regrade", "review", "review_run"])
def test_nobody_can_send_what_would_run_and_not_count(candidate: Person, library: Shelf, scope: str) -> None:
    response = start(candidate).response("code")
    body = {"scope": scope, "key": "a", **CHANGED}
    assert candidate.send_json("POST", f"/responses/{response.id}/submissions", body).status_code == 422
    form = {"scope": scope, "file:app.py": "x = 1\n"}
    page = candidate.post("/practice/basics/code-1/answer", form, follow_redirects=True).text
    assert "Nobody sends that from here" in page
    with candidate.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Submission)) == 0


def test_the_best_of_everything_that_was_sent_counts(
    candidate: Person, library: Shelf, manager: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quizapp.views.submissions.WAIT_SECONDS", 0)  # no worker is there to wait for
    sitting = start(candidate)
    response = sitting.response("code")
    # Keys are theirs to choose: none of them stands in the way of the regrade's own.
    for key, files in (("regrade-1-2", CHANGED), ("regrade-1-3", OTHER), ("c", CHANGED)):
        body = {"scope": "full", "key": key, **files}
        assert candidate.send_json("POST", f"/responses/{response.id}/submissions", body).status_code == 202
        judge(candidate, "wrong_answer", 0.0)
    sitting.hand_in()
    library.question(code(response.question_id, points=9))
    library.publish(manager.app)
    with manager.app.app_context():
        number = regrades.start(response.question_id, user(manager)).id
        assert regrades.show(number).lines[0].runs == 2, "equal ones run once"
    judged(manager, ("wrong_answer", 0.25), ("wrong_answer", 0.5))
    with manager.app.app_context():
        (line,) = apply(manager, number).lines
        assert (line.old_points, line.new_points) == (0, 10), "the points are those of the interview"


def test_a_run_that_fails_holds_everything_until_an_operator_settles_it(
    sitting: Sitting, library: Shelf, manager: Person, admin: Person
) -> None:
    id_ = sitting.response("code").question_id
    library.question(code(id_, points=9))
    library.publish(manager.app)
    with manager.app.app_context():
        number = regrades.start(id_, user(manager)).id
    judged(manager, ("internal_error", 0.0))
    with manager.app.app_context():
        assert (regrades.show(number).failed, regrades.show(number).is_complete) == (1, False)
        with pytest.raises(Conflict):
            apply(manager, number)
        run = db.session.scalars(select(Submission).where(Submission.scope == Scope.REGRADE)).one()
        operations.give_up(run.id, user(admin), "It cannot be run.")
        (line,) = regrades.show(number).lines
        assert (line.progress, line.problem) == ("kept", "It could not be graded.")
        apply(manager, number)
    assert sitting.response("code").points == 10


def test_who_crosses_the_line_to_pass_is_named(candidate: Person, library: Shelf, manager: Person) -> None:
    library.blueprint(pass_line=50, sections=[{"title": "Two", "count": 2, "kinds": ["text", "output"]}])
    library.publish(candidate.app)
    sitting = start(candidate)
    sitting.save("text", {"text": "flask.url_for"})
    sitting.hand_in()
    candidate.post(f"{sitting.path}/share", {"shared": "1"})
    corrected(library, manager.app)
    with manager.app.app_context():
        number = regrades.start("text-1", None).id
        (line,) = regrades.show(number).lines
        assert (line.old_percent, line.new_percent, line.crosses) == (0, 50, "up")
    page = manager.get(f"/regrades/{number}").text
    assert "passes now" in page
    assert "Ines Okafor" in page, "a shared mock is the managers' to see"


def test_only_finished_interviews_are_marked_again(
    candidate: Person, library: Shelf, manager: Person
) -> None:
    candidate.post("/practice/basics/text-1/answer", {"text": "flask.url_for"})
    running = start(candidate)
    running.save("text", {"text": "flask.url_for"})
    corrected(library, manager.app)
    with manager.app.app_context():
        assert regrades.show(regrades.start("text-1", None).id).lines == []
    page = manager.get("/regrades/1").text
    assert "There is nothing to mark again" in page
    assert "Nothing changes" not in page, "it is said once"
    assert page.count("/regrades/1/discard") == 1
    manager.post("/regrades/1/discard")
    number = manager.id
    with manager.app.app_context():
        told = select(AuditEntry.action, AuditEntry.actor_id).where(AuditEntry.subject == "regrade 1")
        assert db.session.execute(told.order_by(AuditEntry.id)).all() == [
            ("regrade.started", None),
            ("regrade.discarded", number),
        ]


def test_one_regrade_of_a_question_is_open_at_a_time(
    sitting: Sitting, library: Shelf, manager: Person
) -> None:
    corrected(library, manager.app)
    manager.post("/regrades", {"question": "text-1"})
    page = manager.post("/regrades", {"question": "text-1"}, follow_redirects=True).text
    assert "open already" in page
    manager.post("/regrades/1/discard")
    with manager.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Regrade)) == 0
    assert manager.post("/regrades", {"question": "text-1"}).location.startswith("/regrades/")


def test_nothing_is_applied_over_what_changed_meanwhile(
    sitting: Sitting, library: Shelf, manager: Person
) -> None:
    corrected(library, manager.app)
    response_id = sitting.response("text").id
    with manager.app.app_context():
        number = regrades.start("text-1", user(manager)).id
        response = db.session.get_one(Response, response_id)
        response.points = 1.0
        db.session.commit()
        with pytest.raises(Conflict, match="graded meanwhile"):
            apply(manager, number)
        response.points = 0.0
        db.session.commit()
        with pytest.raises(Conflict, match="not the one you saw"):
            regrade_decisions.apply(number, user(manager), is_only_raising=False, seen="another")
    corrected(library, manager.app, accept=["something"])
    with manager.app.app_context():
        with pytest.raises(Conflict, match="changed again"):
            apply(manager, number)
        regrades.discard(number)
        with pytest.raises(Conflict):
            regrades.discard(number)
    assert sitting.response("text").points == 0


def test_regrades_are_undone_from_the_last_one_on(sitting: Sitting, library: Shelf, manager: Person) -> None:
    corrected(library, manager.app)
    with manager.app.app_context():
        first = regrades.start("text-1", user(manager)).id
        apply(manager, first)
    corrected(library, manager.app, accept=["nothing of that"], near_misses=[])
    with manager.app.app_context():
        second = regrades.start("text-1", user(manager)).id
        apply(manager, second)
    assert sitting.response("text").points == 0
    with manager.app.app_context():
        with pytest.raises(Conflict, match="later regrade"):
            regrade_decisions.undo(first, user(manager))
        regrade_decisions.undo(second, user(manager))
        regrade_decisions.undo(first, user(manager))
        with pytest.raises(Conflict):
            regrade_decisions.undo(first, user(manager))
    assert sitting.response("text").points == 0
    assert "graded again" not in sitting.person.get(f"{sitting.path}/report").text


def test_answers_in_own_words_are_for_people(library: Shelf, manager: Person, author: Person) -> None:
    library.question(free("free-1"))
    library.publish(manager.app)
    with manager.app.app_context():
        with pytest.raises(Unprocessable):
            regrades.start("free-1", None)
        with pytest.raises(Forbidden):
            regrade_decisions.undo(1, user(author))
    assert (
        "There is no such question"
        in manager.post("/regrades", {"question": "no"}, follow_redirects=True).text
    )


def test_the_pages_are_for_managers_and_authors(
    sitting: Sitting, library: Shelf, manager: Person, author: Person
) -> None:
    corrected(library, manager.app)
    path = author.post("/regrades", {"question": "text-1"}).location
    for person in (manager, author):
        assert person.get("/regrades").status_code == 200
        assert person.get(path).status_code == 200
    for action in ("apply", "undo", "discard"):
        assert sitting.person.post(f"{path}/{action}").status_code == 403
    assert sitting.person.get(path).status_code == 403
    assert author.post(f"{path}/undo").status_code == 403
    assert manager.get("/regrades/99").status_code == 404


@pytest.fixture
def command(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    for name in ("VAR", "DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        monkeypatch.setenv(f"QUIZAPP_{name}", str(settings[name]))

    def run(*arguments: str) -> tuple[int, str, str]:
        status = regrade_cli.main(arguments)
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def test_the_command_lists_applies_and_undoes(
    sitting: Sitting,
    library: Shelf,
    manager: Person,
    author: Person,
    command: Callable[..., tuple[int, str, str]],
) -> None:
    corrected(library, manager.app)
    status, out, _ = command("text-1", "--dry-run")
    assert (status, "0 -> 4  raised" in out) == (0, True)
    with manager.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Regrade)) == 0
    status, _, err = command("text-1", "--as", author.email)
    assert (status, "Only managers" in err) == (1, True)
    status, out, _ = command("text-1", "--as", manager.email, "--only-raise", "--json")
    assert (status, '"new_points": 4' in out) == (0, True)
    assert sitting.response("text").points == 4
    with manager.app.app_context():
        number = db.session.scalars(select(Regrade.id).order_by(Regrade.id.desc())).first()
    assert command("--undo", str(number), "--as", manager.email)[0] == 0
    assert sitting.response("text").points == 0
    assert command("no-such")[0] == 1
    with pytest.raises(SystemExit):
        command()


def test_a_dry_run_of_code_leaves_nothing_behind(
    sitting: Sitting, library: Shelf, manager: Person, command: Callable[..., tuple[int, str, str]]
) -> None:
    id_ = sitting.response("code").question_id
    library.question(code(id_, points=9))
    library.publish(manager.app)
    status, out, _ = command(id_, "--dry-run", "--wait", "0")
    assert (status, "1 being graded" in out) == (1, True)
    with manager.app.app_context():
        for model in (Regrade, RegradeItem):
            assert db.session.scalar(select(func.count()).select_from(model)) == 0
        assert db.session.scalar(select(func.count()).where(Submission.scope == Scope.REGRADE)) == 0


NEW_CHOICE = [
    {"text": "Right one", "correct": True, "reason": "r"},
    {"text": "Wrong one, reworded", "correct": False, "reason": "r"},
    {"text": "Wrong two", "correct": False, "reason": "r"},
]
OLD_CHOICE = [
    {"text": "Wrong one", "correct": False, "reason": "r"},
    {"text": "Right one", "correct": True, "reason": "r"},
    {"text": "Wrong two", "correct": False, "reason": "r"},
]
ORDER = {"kind": "order", "indent": False, "also": []}


def _order(lines: list[str], *distractors: str) -> dict[str, Any]:
    return ORDER | {"lines": lines, "distractors": [{"text": one, "reason": "r"} for one in distractors]}


TRANSLATED: list[tuple[dict[str, Any], dict[str, Any], Any, Any]] = [
    (choice("a", options=OLD_CHOICE), choice("a", options=NEW_CHOICE), {"options": [1]}, {"options": [0]}),
    (choice("a", options=OLD_CHOICE), choice("a", options=NEW_CHOICE), {"options": [2]}, {"options": [2]}),
    (choice("a", options=OLD_CHOICE[:2]), choice("a", options=NEW_CHOICE), {"options": [0]}, None),
    (choice("a"), choice("a"), None, None),
    (choice("a"), choice("a"), {}, {}),
    (text("a"), text("a", accept=["b"]), {"text": "x"}, {"text": "x"}),
    (output("a"), output("a", expected="43"), {"text": "42"}, {"text": "42"}),
    (output("a"), output("a", program="print(1)\n"), {"text": "42"}, None),
    (text("a"), output("a"), {"text": "x"}, None),
    (
        bug("a"),
        bug("a", program="# A comment.\nnumber = 6\nprint(number * 8)\n"),
        {"lines": [2]},
        {"lines": [3]},
    ),
    (bug("a"), bug("a", program="number = 6\nprint(number * 9)\n"), {"lines": [2]}, {"lines": [2]}),
    (bug("a"), bug("a", program="number = 6\n"), {"lines": [2]}, None),
    (_order(["a", "b", "c"]), _order(["b", "a", "c"], "0"), {"lines": [0, 1]}, {"lines": [1, 2]}),
    (_order(["a", "b", "c"]), _order(["a", "z", "c"]), {"lines": [1]}, {"lines": [2]}),
    (_order(["a", "b", "c"], "d"), _order(["a", "b", "c"]), {"lines": [3]}, None),
    (_order(["a"]), _order(["a"]) | {"indent": True}, {"lines": [0]}, None),
    (code("a"), code("a", points=3), CHANGED, CHANGED),
]


@pytest.mark.parametrize(("old", "new", "answer", "expected"), TRANSLATED)
def test_an_answer_is_read_in_the_words_of_the_newer_version(
    old: dict[str, Any], new: dict[str, Any], answer: Any, expected: Any
) -> None:
    if expected is None and answer:
        with pytest.raises(remarking.NotComparable):
            remarking.translated(old, new, answer)
    else:
        assert remarking.translated(old, new, answer) == expected


def test_drawn_values_stand_for_those_of_the_newer_version() -> None:
    sets = [{"a": 1, "b": 1}, {"a": 2, "b": 2}]
    assert remarking.values({}, None) is None
    assert remarking.values({"parameters": sets}, {"a": 1, "b": 3}) == sets[0]
    for new, drawn in (({"parameters": sets}, None), ({}, {"a": 1}), ({"parameters": sets}, {"a": 9})):
        with pytest.raises(remarking.NotComparable):
            remarking.values(new, drawn)


def test_an_answer_that_cannot_be_compared_keeps_its_score(
    sitting: Sitting, library: Shelf, manager: Person
) -> None:
    library.question(output("output-1", program="print(40 + 2)\n"))
    library.publish(manager.app)
    with manager.app.app_context():
        number = regrades.start("output-1", user(manager)).id
        apply(manager, number)
    assert sitting.response("output").points == 4
    assert "the program that was shown is another one now" in manager.get(f"/regrades/{number}").text


def test_an_order_and_a_choice_are_shown_corrected_in_the_report(
    sitting: Sitting, library: Shelf, manager: Person
) -> None:
    lines = ["import flask", "from flask import Flask", "app = Flask(__name__)", "app.run()"]
    library.question(order("order-1", lines=lines, distractors=[]))
    position = sitting.response("choice").position
    id_ = sitting.response("choice").question_id
    options = [dict(one) for one in choice(id_)["options"]]
    options[0]["text"], options[0]["correct"] = "An option that is right too", True
    library.question(choice(id_, options=options, select="several", topic=sitting_topic(sitting)))
    library.publish(manager.app)
    with manager.app.app_context():
        for name in ("order-1", id_):
            apply(manager, regrades.start(name, user(manager)).id)
    assert sitting.response("choice").points == 2
    assert 0 < (sitting.response("order").points or 0) < 4
    page = sitting.person.get(f"{sitting.path}/report").text
    item = page.split(f'id="q{position}"')[1].split("</details>")[0]
    assert "4 before, 2 now" in item
    assert "An option that is right too" in page


def sitting_topic(sitting: Sitting) -> str:
    with sitting.person.app.app_context():
        return db.session.get_one(Response, sitting.response("choice").id).question.topic
