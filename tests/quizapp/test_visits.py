"""Time per question: what pages count, and how much of it is believed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from quizapp.extensions import db
from quizapp.models import Attempt, Visit
from quizapp.pages import clock_time
from quizapp.rules.activity import LATE_SECONDS, believed, is_too_late
from quizapp.services import visits
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import Sitting, start

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known", "claimed", "passed", "expected"),
    [
        (0, 30, 60, 30),
        (30, 50, 60, 50),
        (50, 30, 60, 50),  # an older message came later
        (0, 300, 60, 60),  # nobody is active for longer than there was time
        (0, 30, -5, 0),
        (20, 30, 10, 20),
    ],
)
def test_counts_only_grow_and_never_beyond_the_time_there_was(
    known: float, claimed: float, passed: float, expected: float
) -> None:
    assert believed(known, claimed, NOON, NOON + timedelta(seconds=passed)) == expected


@given(st.lists(st.tuples(st.floats(0, 5000), st.floats(0, 3600)), max_size=20))
def test_no_order_of_messages_gives_more_than_the_clock(messages: list[tuple[float, float]]) -> None:
    known = 0.0
    for claimed, passed in messages:
        known = believed(known, claimed, NOON, NOON + timedelta(seconds=passed))
    assert known <= max((passed for _, passed in messages), default=0.0) + 1e-6


def test_a_page_may_tell_for_a_moment_after_the_finish() -> None:
    assert not is_too_late(NOON, None)
    assert not is_too_late(NOON + timedelta(seconds=LATE_SECONDS), NOON)
    assert is_too_late(NOON + timedelta(seconds=LATE_SECONDS + 1), NOON)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, "\N{EN DASH}"), (0.4, "0:00"), (66, "1:06"), (3725, "1:02:05")]
)
def test_a_column_shows_time_as_a_clock_does(seconds: float | None, shown: str) -> None:
    assert clock_time(seconds) == shown


@pytest.fixture
def sitting(candidate: Person, library: Shelf) -> Sitting:
    sitting = start(candidate)
    sitting.let_pass(minutes=10)
    return sitting


def tell(sitting: Sitting, kind: str, seconds: Any, visit: str = "visit-one") -> TestResponse:
    path = f"/responses/{sitting.response(kind).id}/visits"
    return sitting.person.send_json("POST", path, {"visit": visit, "seconds": seconds})


def measured(sitting: Sitting) -> dict[int, float]:
    with sitting.person.app.app_context():
        found = visits.seconds(db.session.get_one(Attempt, sitting.attempt_id))
        return {response_id: round(seconds, 1) for response_id, seconds in found.items()}


def test_visits_are_added_up_and_repeats_change_nothing(sitting: Sitting) -> None:
    for seconds, visit in ((45.5, "visit-one"), (30, "visit-one"), (45.5, "visit-one"), (10, "visit-two")):
        assert tell(sitting, "choice", seconds, visit).status_code == 200
    tell(sitting, "code", 100)
    assert measured(sitting) == {sitting.response("choice").id: 55.5, sitting.response("code").id: 100}


def test_a_visit_goes_on_as_long_as_time_does(sitting: Sitting) -> None:
    tell(sitting, "choice", 60)
    with sitting.person.app.app_context():
        visit = db.session.scalars(select(Visit)).one()
        visit.first_at -= timedelta(seconds=60)  # a minute later
        db.session.commit()
    tell(sitting, "choice", 115)
    assert list(measured(sitting).values()) == [115]
    tell(sitting, "choice", 500)
    (seconds,) = measured(sitting).values()
    assert 120 <= seconds < 400


def test_more_than_the_time_since_the_start_is_not_believed(sitting: Sitting) -> None:
    tell(sitting, "choice", 86_400)
    (seconds,) = measured(sitting).values()
    assert 600 <= seconds < 900


def test_two_windows_are_one_person(sitting: Sitting) -> None:
    tell(sitting, "choice", 580)
    tell(sitting, "code", 590, "visit-two")
    assert 600 <= sum(measured(sitting).values()) < 900


def test_the_report_shows_time_and_tries(sitting: Sitting) -> None:
    tell(sitting, "choice", 66)
    tell(sitting, "code", 130)
    sitting.hand_in()
    page = sitting.person.get(f"{sitting.path}/report").text
    assert "1:06" in page
    assert "2 min 10 s on this question, pauses left out; 0 submissions, 0 runs." in page
    assert "3 min 16 s" in page  # of all questions


def test_what_is_told_long_after_the_finish_is_not_taken(sitting: Sitting) -> None:
    sitting.hand_in()
    tell(sitting, "choice", 20)
    with sitting.person.app.app_context():
        attempt = db.session.get_one(Attempt, sitting.attempt_id)
        assert attempt.finished_at is not None
        attempt.finished_at -= timedelta(minutes=2)
        db.session.commit()
    tell(sitting, "choice", 40)
    assert list(measured(sitting).values()) == [20]


@pytest.mark.parametrize("seconds", [-1, 1e9, "many", None, [1]])
def test_what_is_no_count_is_refused(sitting: Sitting, seconds: Any) -> None:
    assert tell(sitting, "choice", seconds).status_code == 422


def test_the_question_of_somebody_else_is_not_found(
    sitting: Sitting, make_person: Callable[..., Person]
) -> None:
    path = f"/responses/{sitting.response('choice').id}/visits"
    reply = make_person().send_json("POST", path, {"visit": "visit-one", "seconds": 5})
    assert reply.status_code == 404


def test_a_page_gone_wild_fills_no_database(sitting: Sitting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "MOST_VISITS", 3)
    for number in range(5):
        assert tell(sitting, "choice", 5, f"visit-{number:04}").status_code == 200
    with sitting.person.app.app_context():
        assert len(db.session.scalars(select(Visit)).all()) == 3
