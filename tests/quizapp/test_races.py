"""Two at once, and the whole way through, on both stores."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.datastructures import MultiDict

from quizapp.errors import Conflict
from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    Branch,
    ComparedAnswer,
    Question,
    QuestionVersion,
    Recording,
    RecordingPart,
    Response,
    ResponseState,
    Scope,
    SimilarPair,
    Submission,
    User,
)
from quizapp.receipt import database_now
from quizapp.rules import tapes
from quizapp.rules.composing import Wishes
from quizapp.services import (
    attempts,
    composing,
    expiry,
    grading,
    interviews,
    leases,
    matching,
    plain_saves,
    practice,
    recordings,
    responses,
    submissions,
    tryouts,
)
from quizapp.services.submissions import Sending
from tests.quizapp import similarity_set
from tests.quizapp.hirings import hire
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import CHANGED, judge, start

pytestmark = pytest.mark.usefixtures("both_stores")


def at_once(app: Flask, person: Person, *calls: Callable[[User], Any]) -> list[Any]:
    """Run the calls in threads of their own that start together; gives what they returned or raised."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[User], Any]) -> Any:
        with app.app_context():
            user = db.session.get_one(User, person.id)
            db.session.rollback()
            gate.wait(timeout=120)
            try:
                return call(user)
            except Conflict as refusal:
                db.session.rollback()
                return refusal
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def fate_of_save(response_id: int, user: User, words: str) -> str:
    """What becomes of a first save, which goes the plain way where it can, as the route's do."""
    db.session.refresh(user)
    db.session.expunge(user)
    db.session.rollback()
    if plain_saves.save(response_id, user, {"text": words}, 0):
        return "saved"
    return responses.save(response_id, user, {"text": words}, 0).fate.value


def count(app: Flask, column: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(column))) or 0


def test_two_syncs_at_once_publish_everything_once(app: Flask, shelf: Shelf) -> None:
    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(lambda _: shelf.publish(app), range(2)))
    assert sorted(len(one.added) for one in done) == [0, 10]
    assert count(app, QuestionVersion.id) == 10


def test_first_saves_at_once_make_one_attempt_and_one_response_each(
    app: Flask, candidate: Person, library: Shelf
) -> None:
    def save(question: str, option: int) -> Callable[[User], Any]:
        return lambda user: practice.save_draft(user, "basics", question, {"options": [option]}, 0).fate.value

    fates = at_once(app, candidate, *[save(f"choice-{1 + n % 2}", n % 3) for n in range(6)])
    assert set(fates) <= {"saved", "stale"}
    assert fates.count("saved") >= 2
    assert (count(app, Attempt.id), count(app, Response.id)) == (1, 2)
    assert count(app, Branch.id) == fates.count("stale")


def test_answers_at_once_are_one_try(app: Flask, candidate: Person, library: Shelf) -> None:
    def answer(option: int) -> Callable[[User], Any]:
        return lambda user: (
            practice.answer(user, "basics", "choice-1", MultiDict({"options": str(option)})).id
        )

    at_once(app, candidate, *[answer(n % 2) for n in range(6)])
    with app.app_context():
        assert db.session.scalars(select(Response)).one().tries == 1


def test_a_double_start_is_one_attempt(app: Flask, candidate: Person, library: Shelf) -> None:
    started = at_once(
        app, candidate, *[lambda user: interviews.start(user, "first-round", consents=True).id] * 4
    )
    assert len(set(started)) == 1
    assert (count(app, Attempt.id), count(app, Response.id)) == (1, 7)


def test_a_double_start_of_a_composed_mock_is_one_attempt(
    app: Flask, candidate: Person, library: Shelf
) -> None:
    wishes = Wishes("basics", kinds=("choice",))
    started = at_once(app, candidate, *[lambda user: composing.start(user, wishes, consents=True).id] * 4)
    assert len(set(started)) == 1
    assert count(app, Attempt.id) == 1


def test_first_try_outs_at_once_are_one(app: Flask, candidate: Person, library: Shelf) -> None:
    begun = at_once(app, candidate, *[lambda user: tryouts.begin(user).id] * 4)
    assert len(set(begun)) == 1
    assert count(app, Attempt.id) == 1


def test_a_frame_of_a_recording_that_comes_at_once_is_kept_once(
    app: Flask, candidate: Person, library: Shelf
) -> None:
    response_id = start(candidate, recorded=True).response("code").id
    opened, typed = [0, "o", ["app.py"], {}], [1, 0, 0, 0, "a"]

    def send(sequence: int, entry: list[Any]) -> Callable[[User], Any]:
        return lambda user: recordings.append(user, response_id, "0" * 32, sequence, 100, [entry])

    assert at_once(app, candidate, *[send(0, opened)] * 4) == [1] * 4
    assert at_once(app, candidate, *[send(1, typed)] * 4) == [2] * 4
    assert (count(app, Recording.id), count(app, RecordingPart.number)) == (1, 1)
    with app.app_context():
        stored = db.session.scalars(select(RecordingPart.entries)).one()
        assert tapes.unpacked(stored) == [opened, typed]


def test_two_workers_compare_each_answer_once(
    app: Flask, library: Shelf, make_person: Callable[..., Person]
) -> None:
    hiring, exercise = hire(app), similarity_set.exercises()[0]
    with app.app_context():  # both are asked the same one
        db.session.execute(update(Question).where(Question.id == "code-2").values(is_retired=True))
        db.session.commit()
    for source in (exercise.independent["independent 1"], exercise.copies["copy mixed"]):
        sitting = hiring.start(make_person())
        sitting.save("code", {"files": {"app.py": source}})
        sitting.hand_in()
    at_once(app, make_person(), *[lambda _: matching.compare_waiting()] * 3)
    assert (count(app, ComparedAnswer.response_id), count(app, SimilarPair.id)) == (2, 1)


def test_of_two_saves_at_once_one_is_current_and_the_other_is_kept(
    app: Flask, candidate: Person, library: Shelf
) -> None:
    sitting = start(candidate)
    response_id = sitting.response("text").id

    def save(words: str) -> Callable[[User], Any]:
        return lambda user: fate_of_save(response_id, user, words)

    fates = at_once(app, candidate, save("one"), save("two"), save("three"))
    assert sorted(fates) == ["saved", "stale", "stale"]
    response = sitting.response("text")
    assert response.revision == 1
    with app.app_context():
        kept = {branch.answer["text"] for branch in db.session.scalars(select(Branch))}
    assert kept | {(response.answer or {})["text"]} == {"one", "two", "three"}


def test_finishing_at_once_marks_once_and_grades_the_draft_once(
    app: Flask, candidate: Person, library: Shelf
) -> None:
    sitting = start(candidate)
    sitting.answer_all()
    sitting.save("code", CHANGED)
    sitting.let_pass(minutes=31)
    at_once(
        app,
        candidate,
        *[lambda user: attempts.finish(user, sitting.attempt_id).id] * 3,
        lambda _user: expiry.finish_expired(),
    )
    assert count(app, Submission.id) == 1
    with app.app_context():
        found = db.session.scalars(select(Response)).all()
        assert sum(one.points or 0 for one in found) == 24
        assert [one.state for one in found].count(ResponseState.GRADING) == 1


def test_two_verdicts_on_one_answer_at_once_both_count(
    app: Flask, candidate: Person, library: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = start(candidate)
    response_id = sitting.response("code").id
    with app.app_context():
        user, response = db.session.get_one(User, candidate.id), db.session.get_one(Response, response_id)
        sent = [
            submissions.create(
                response, user, Sending(Scope.FULL, {"app.py": f"# {number}\n"}, f"key-{number}")
            ).id
            for number in range(2)
        ]
        deliveries = [leases.take(number, "worker") for number in sent]
    both_written, finish = threading.Barrier(2), leases.finish

    def finish_together(*arguments: Any, **values: Any) -> bool:
        done = finish(*arguments, **values)
        with suppress(threading.BrokenBarrierError):  # SQLite lets the second one write after the first only
            both_written.wait(timeout=1)
        return done

    monkeypatch.setattr(leases, "finish", finish_together)

    def record(delivery: Any, share: float) -> Callable[[User], Any]:
        return lambda _: grading.record(delivery, verdict="wrong_answer", share=share, outcome={"tests": []})

    done = at_once(
        app, candidate, *[record(one, share) for one, share in zip(deliveries, (0.75, 0.25), strict=True)]
    )
    response = sitting.response("code")
    assert done == [True, True]
    assert (response.state, response.tries, response.points) == (ResponseState.MARKED, 2, 15)


def test_a_save_at_the_moment_of_finishing_is_marked_or_kept_as_late(
    app: Flask, candidate: Person, library: Shelf
) -> None:
    sitting = start(candidate)
    response_id = sitting.response("text").id
    fate, _ = at_once(
        app,
        candidate,
        lambda user: fate_of_save(response_id, user, "url_for"),
        lambda user: attempts.finish(user, sitting.attempt_id).id,
    )
    response = sitting.response("text")
    if fate == "saved":
        assert (response.answer, response.points) == ({"text": "url_for"}, 4)
    else:
        assert fate == "late"
        assert (response.answer, response.points) == (None, 0)
        assert count(app, Branch.id) == 1


def test_a_save_that_met_somebody_who_is_just_finishing_waits_and_is_kept_as_late(
    app: Flask, candidate: Person, library: Shelf
) -> None:
    sitting = start(candidate)
    response_id = sitting.response("text").id

    def save() -> str:
        with app.app_context():
            user = db.session.get_one(User, candidate.id)
            return fate_of_save(response_id, user, "url_for")

    with ThreadPoolExecutor(1) as threads:
        with app.app_context():
            now = database_now()
        with app.app_context(), db.engine.begin() as finishing:
            finishing.execute(update(Attempt).where(Attempt.id == sitting.attempt_id).values(finished_at=now))
            fate = threads.submit(save)
            wait([fate], timeout=0.5)
            assert not fate.done(), "nothing is known about the finish yet"
        assert fate.result(timeout=120) == "late"
    assert sitting.response("text").answer is None
    assert count(app, Branch.id) == 1


def test_the_whole_way_through(app: Flask, candidate: Person, manager: Person, library: Shelf) -> None:
    """From the first look to a manager's page; the other tests do the same on SQLite, piece by piece."""
    assert "9 questions to practise" in candidate.get("/").text
    candidate.post("/practice/basics/choice-1/answer", {"options": "0"})
    candidate.post("/practice/basics/choice-1/again")
    candidate.post("/practice/basics/choice-1/answer", {"options": "1"})
    assert "9 questions for “title”: 1 solved" in candidate.get("/banks/basics?order=weakest&q=title").text
    sitting = start(candidate)
    assert "is running" in candidate.get("/").text
    for position in range(1, 8):
        assert candidate.get(f"{sitting.path}?q={position}").status_code == 200
    sitting.answer_all()
    sitting.save("code", CHANGED)
    candidate.post(f"{sitting.path}/flag?q=1", {"flagged": "1"})
    assert "1 question of 7" not in candidate.get(f"{sitting.path}/finish").text
    sitting.hand_in()
    assert judge(candidate, "accepted", 1.0) == 1
    assert "of 44 points, 100 %" in candidate.get(f"{sitting.path}/report").text
    candidate.post(f"{sitting.path}/share", {"shared": "1"})
    assert "100 %" in manager.get("/manage?order=-time&q=ines&score=10").text
    assert manager.get(f"/manage/mocks/{sitting.attempt_id}").status_code == 200
    assert "shared" in candidate.get("/history").text
    with app.app_context():
        assert expiry.finish_expired().closed == 0
