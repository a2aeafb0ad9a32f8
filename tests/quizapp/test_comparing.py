"""What a report sets beside the score: what was expected, own other attempts, others, and what to practise next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, AttemptScore, Interview, Role, ScoreState, User
from quizapp.receipt import database_now
from quizapp.services import comparing, practising_next, reports
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, choice
from tests.quizapp.sittings import CHANGED, Sitting, judge, start


@pytest.fixture
def finished(candidate: Person, library: Shelf) -> Sitting:
    """A finished attempt with 34 of 44 points, 77.3 percent."""
    return sit(candidate)


def sit(person: Person) -> Sitting:
    sitting = start(person)
    sitting.answer_all()
    sitting.save("code", CHANGED)
    sitting.hand_in()
    judge(person, "wrong_answer", 0.5)
    return sitting


def others(app: Flask, scores: list[float], **changes: Any) -> None:
    """First attempts of as many other people, with these scores."""
    with app.app_context():
        now = database_now()
        bank = db.session.get_one(Interview, "first-round").bank_id
        known = db.session.query(User).count()
        for number, percent in enumerate(scores, known):
            user = User(
                email=f"other{number}@example.org", name="Other", role=Role.CANDIDATE, password_hash="", created_at=now
            )  # fmt: skip
            attempt = Attempt(
                user=user, bank_id=bank, interview_id="first-round", kind=AttemptKind.MOCK, seed=1,
                started_at=now - timedelta(days=1), finished_at=now,
            )  # fmt: skip
            db.session.add(attempt)
            db.session.flush()
            db.session.add(score(attempt, percent, **changes))
        db.session.commit()


def score(attempt: Attempt, percent: float, **changes: Any) -> AttemptScore:
    values = {
        "attempt_id": attempt.id, "interview_id": "first-round", "state": ScoreState.FINAL, "points": percent,
        "max_points": 100.0, "percent": percent, "is_complete": True, "ended_at": attempt.finished_at,
        "seconds_used": 60.0, "sections": [], "refreshed_at": attempt.finished_at,
    }  # fmt: skip
    return AttemptScore(**(values | changes))


def compared(sitting: Sitting) -> comparing.Comparison:
    found = comparing.of_report(reports.report(db.session.get_one(Attempt, sitting.attempt_id)))
    assert found is not None
    return found


def page(sitting: Sitting) -> str:
    return sitting.person.get(f"{sitting.path}/report").text


def test_what_was_expected_stands_beside_each_topic_and_part(finished: Sitting) -> None:
    with finished.person.app.app_context():
        found = reports.report(db.session.get_one(Attempt, finished.attempt_id))
        # All questions of this shelf have difficulty 2, of which 75 % are expected.
        assert [(bar.title, bar.total.points, bar.expected_percent) for bar in found.section_bars] == [
            ("Concepts", 12, 75), ("Read code", 12, 75), ("Write code", 10, 75),
        ]  # fmt: skip
        assert sum(bar.total.max_points for bar in found.topic_bars) == 44
        assert {bar.expected_percent for bar in found.topic_bars} == {75}
    shown = page(finished)
    assert 'aria-label="50 percent of the points, expected 75 percent"' in shown
    assert "expected 75 %" in shown


def test_below_thirty_others_nothing_is_said(finished: Sitting) -> None:
    others(finished.person.app, [50.0] * 29)
    with finished.person.app.app_context():
        assert (compared(finished).others.count, compared(finished).others.standing) == (29, None)
    shown = page(finished)
    assert "Not enough attempts yet (29 of 30)" in shown
    assert "Better than" not in shown


def test_from_thirty_others_on_a_standing_with_its_interval(finished: Sitting) -> None:
    others(finished.person.app, [*[50.0] * 20, *[77.3] * 2, *[90.0] * 8])
    with finished.person.app.app_context():
        standing = compared(finished).others.standing
        assert standing is not None
        # 20 below and two the same of 30 are 21 of 30: 70 %, by Wilson 52.1 to 83.3 %.
        assert (standing.below, standing.equal, standing.percent) == (20, 2, 70.0)
        assert (standing.low, standing.high) == (52.1, 83.3)
    shown = page(finished)
    assert "Better than 70 %" in shown
    assert "between 52.1 and 83.3 % (95 % interval)" in shown
    assert "50 to 55 percent: 20." in shown
    assert "The middle is 50 percent" in shown


def test_only_first_finished_and_completely_graded_attempts_of_others_count(
    finished: Sitting, make_person: Callable[..., Person]
) -> None:
    app = finished.person.app
    others(app, [10.0] * 29)
    others(app, [10.0], is_complete=False)
    with app.app_context():
        other = db.session.query(Attempt).filter(Attempt.user.has(User.name == "Other")).first()
        assert other is not None
        fields = {
            "bank_id": other.bank_id,
            "interview_id": "first-round",
            "kind": AttemptKind.MOCK,
            "seed": 1,
        }
        now = database_now()
        second = Attempt(user_id=other.user_id, started_at=now, finished_at=now, **fields)
        db.session.add(second)
        db.session.flush()
        db.session.add(score(second, 99.0))
        db.session.commit()
        assert dict(compared(finished).others.spread.counts) == {10.0: 29}


def test_ones_own_other_attempts_are_shown_with_their_dates(candidate: Person, library: Shelf) -> None:
    first = sit(candidate)
    with candidate.app.app_context():
        assert [one.is_here for one in compared(first).own] == [True]
    assert "Your attempts" not in page(first)
    first.let_pass(days=3)
    second = start(candidate)
    second.hand_in()
    with candidate.app.app_context():
        found = [(one.number, one.percent, one.is_here) for one in compared(second).own]
        assert found == [(1, 77.3, False), (2, 0.0, True)]
    shown = page(second)
    assert "Your attempts" in shown
    assert f'href="{first.path}/report"' in shown


def test_an_attempt_whose_results_are_kept_back_is_not_compared(candidate: Person, library: Shelf) -> None:
    first, second = sit(candidate), sit(candidate)
    with candidate.app.app_context():
        attempt = db.session.get_one(Attempt, first.attempt_id)
        attempt.blueprint = {**(attempt.blueprint or {}), "results": "never"}
        db.session.commit()
        assert [one.number for one in compared(second).own] == [2]


def test_managers_are_not_shown_attempts_that_were_not_shared(
    candidate: Person, manager: Person, library: Shelf
) -> None:
    sit(candidate)
    second = sit(candidate)
    candidate.post(f"{second.path}/share", {"shared": "1"})
    shown = manager.get(f"/manage/mocks/{second.attempt_id}").text
    assert "By topic" in shown
    assert "Your attempts" not in shown
    assert "Beside others" not in shown


def test_while_grading_goes_on_nothing_is_compared(candidate: Person, library: Shelf) -> None:
    others(candidate.app, [50.0] * 30)
    sitting = start(candidate)
    sitting.answer_all()
    sitting.save("code", CHANGED)
    sitting.hand_in()
    assert "once everything is graded" in page(sitting)


def test_lost_points_lead_to_what_is_not_solved_yet(candidate: Person, library: Shelf) -> None:
    """Questions that lost points here come first, then those tried in practice; what was right here is left out."""
    for number in range(5, 9):
        library.question(choice(f"choice-{number}", topic="routing", difficulty=1))
    library.question(choice("hidden-one", topic="routing"), bank="secret")
    library.publish(candidate.app)
    for name, option in (("choice-7", "0"), ("choice-8", "1")):
        candidate.post(f"/practice/basics/{name}/answer", {"options": option})
    sitting = start(candidate)
    sitting.answer_all()
    sitting.save("code", CHANGED)
    sitting.hand_in()
    judge(candidate, "wrong_answer", 0.5)
    coded = sitting.response("code").question_id
    with candidate.app.app_context():
        report = reports.report(db.session.get_one(Attempt, sitting.attempt_id))
        (topic,) = practising_next.of_report(report)
        assert (topic.topic, topic.points, topic.bank_id) == ("routing", 10, "basics")
        assert [(one.id, one.is_from_here, one.is_failed) for one in topic.questions] == [
            (coded, True, False),
            ("choice-7", False, True),
        ]
        met = {item.response.question_id for item in report.items}
        assert "choice-8" not in met or report.lost
        assert (topic.failed, topic.unseen > 0) == (1, True)
    shown = page(sitting)
    assert "What to practise next" in shown
    assert f'href="/practice/basics/{coded}"' in shown
    assert "hidden-one" not in shown


def test_without_lost_points_there_is_nothing_to_practise(candidate: Person, library: Shelf) -> None:
    sitting = start(candidate)
    sitting.answer_all()
    sitting.save("code", CHANGED)
    sitting.hand_in()
    judge(candidate, "accepted", 1.0)
    assert "No points were lost." in page(sitting)


@contextmanager
def counted_queries(app: Flask) -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_report_asks_as_much_with_hundreds_of_others_as_with_none(finished: Sitting) -> None:
    page(finished)
    with counted_queries(finished.person.app) as alone:
        page(finished)
    others(finished.person.app, [number / 5 for number in range(500)])
    with counted_queries(finished.person.app) as among_many:
        assert "of 500 first attempts" in page(finished)
    assert len(among_many) == len(alone)
    assert len(alone) <= 26, "\n".join(alone)


def test_history_says_which_attempt_it_was_and_when_it_can_be_sat_again(
    candidate: Person, library: Shelf
) -> None:
    sit(candidate)
    sit(candidate)
    page = candidate.get("/history").text
    assert "attempt 1 of 2" in page
    assert "attempt 2 of 2" in page
    assert page.count("sit it again") == 1, "at the newest one"
    library.blueprint(cool_down=24)
    library.publish(candidate.app)
    page = candidate.get("/history").text
    assert "again from" in page
    assert "sit it again" not in page
    library.blueprint(attempts=2)
    library.publish(candidate.app)
    page = candidate.get("/history").text
    assert "sit it again" not in page
    assert "again from" not in page


def test_a_report_of_an_interview_for_hiring_offers_no_sharing(finished: Sitting) -> None:
    with finished.person.app.app_context():
        attempt = db.session.get_one(Attempt, finished.attempt_id)
        attempt.kind = AttemptKind.HIRING
        attempt.blueprint = {
            **(attempt.blueprint or {}),
            "results": "at-once",
            "ending": "Thank you, *canary*.",
        }
        db.session.commit()
    shown = page(finished)
    assert "of 44 points" in shown
    assert "<em>canary</em>" in shown
    for left_out in ("Share with managers", "Sit it again", "Mock interview"):
        assert left_out not in shown
