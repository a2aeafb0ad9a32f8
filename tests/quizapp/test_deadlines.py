"""Until when an attempt runs: a table of cases, and what holds for all numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.rules.deadlines import (
    Terms,
    accepts_until,
    deadline,
    finished_moment,
    is_closed,
    remaining_seconds,
)

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def at(hours: int, minutes: int, seconds: int = 0) -> datetime:
    return NOON.replace(hour=hours, minute=minutes, second=seconds)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        pytest.param(Terms(NOON, None), None, id="practice has no clock"),
        pytest.param(Terms(NOON, 60), at(13, 0), id="started plus minutes"),
        pytest.param(Terms(NOON, 60, extra_share=0.25), at(13, 15), id="25 % more"),
        pytest.param(Terms(NOON, 60, window_end=at(12, 40)), at(12, 40), id="the window closes earlier"),
        pytest.param(Terms(NOON, 60, window_end=at(18, 0)), at(13, 0), id="the window closes later"),
        pytest.param(
            Terms(NOON, 60, extra_share=0.25, window_end=at(12, 40)),
            at(12, 55),
            id="extra goes past the window",
        ),
        pytest.param(Terms(NOON, 60, credit_seconds=90), at(13, 1, 30), id="credits on top"),
        pytest.param(
            Terms(NOON, 60, credit_seconds=90, window_end=at(12, 40)),
            at(12, 41, 30),
            id="credits past the window",
        ),
    ],
)
def test_the_deadline_follows_the_formula(terms: Terms, expected: datetime | None) -> None:
    assert deadline(terms) == expected


@pytest.mark.parametrize(
    ("received", "closed"),
    [(at(12, 59, 59), False), (at(13, 0, 0), False), (at(13, 0, 5), False), (at(13, 0, 6), True)],
)
def test_what_is_received_within_the_grace_counts(received: datetime, closed: bool) -> None:
    assert is_closed(Terms(NOON, 60), received, finished_at=None, grace_seconds=5) is closed


def test_nothing_is_taken_after_handing_in_however_early() -> None:
    assert is_closed(Terms(NOON, 60), at(12, 1), finished_at=at(12, 0), grace_seconds=5)


def test_an_attempt_without_a_clock_never_closes_by_itself() -> None:
    assert not is_closed(Terms(NOON, None), NOON + timedelta(days=9999), finished_at=None, grace_seconds=5)
    assert remaining_seconds(Terms(NOON, None), NOON) is None


moments = st.integers(0, 10**9).map(lambda seconds: NOON + timedelta(seconds=seconds))
all_terms = st.builds(
    Terms,
    started_at=moments,
    minutes=st.floats(1, 600),
    extra_share=st.floats(0, 2),
    credit_seconds=st.floats(0, 7200),
    window_end=st.none() | moments,
)


@given(all_terms, st.floats(0, 3600))
def test_credits_are_given_in_full_whatever_else_limits_the_time(terms: Terms, more: float) -> None:
    with_more = Terms(
        terms.started_at, terms.minutes, terms.extra_share, terms.credit_seconds + more, terms.window_end
    )
    before, after = deadline(terms), deadline(with_more)
    assert before is not None
    assert after is not None
    assert abs((after - before).total_seconds() - more) < 0.001


@given(all_terms, st.floats(0, 1))
def test_more_extra_time_never_means_less_time(terms: Terms, more: float) -> None:
    with_more = Terms(
        terms.started_at, terms.minutes, terms.extra_share + more, terms.credit_seconds, terms.window_end
    )
    before, after = deadline(terms), deadline(with_more)
    assert before is not None
    assert after is not None
    assert after >= before


@given(all_terms)
def test_nobody_gets_more_than_minutes_extra_and_credits(terms: Terms) -> None:
    ends = deadline(terms)
    assert ends is not None
    assert terms.minutes is not None
    most = terms.started_at + timedelta(
        minutes=terms.minutes * (1 + terms.extra_share), seconds=terms.credit_seconds
    )
    assert ends <= most + timedelta(microseconds=1)  # each part is rounded for itself


@given(all_terms, moments, st.floats(0, 60))
def test_closed_timer_and_finish_agree(terms: Terms, now: datetime, grace: float) -> None:
    ends, last = deadline(terms), accepts_until(terms, grace)
    left = remaining_seconds(terms, now)
    assert ends is not None
    assert last is not None
    assert left is not None
    assert left >= 0
    assert (left == 0) == (now >= ends)
    assert is_closed(terms, now, finished_at=None, grace_seconds=grace) == (now > last)
    assert finished_moment(terms, now) == min(now, ends)
