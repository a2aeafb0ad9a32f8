"""Until when an attempt runs: a table of cases, and what holds for all numbers."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.rules.deadlines import (
    Interval,
    SectionTerms,
    Terms,
    accepts_until,
    deadline,
    finished_moment,
    is_closed,
    left_moment,
    merged,
    owed_seconds,
    remaining_seconds,
    section_deadline,
    section_is_closed,
    section_remaining_seconds,
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


shares = st.floats(0, 2)
graces = st.floats(0, 60)
spans = st.integers(0, 7200)  # seconds
intervals = st.builds(
    lambda begins, length: Interval(begins, begins + timedelta(seconds=length)), moments, spans
)
# Close enough together to touch and overlap, as outages of several parts of a site do.
near_moments = st.integers(0, 20_000).map(lambda seconds: NOON + timedelta(seconds=seconds))
outages = st.lists(
    st.builds(
        lambda begins, length: Interval(begins, begins + timedelta(seconds=length)),
        near_moments,
        st.integers(-60, 4000),
    ),
    max_size=8,
)
near_terms = st.builds(
    Terms,
    started_at=near_moments,
    minutes=st.integers(1, 240),
    extra_share=shares,
    credit_seconds=st.integers(0, 3600),
    window_end=st.none() | near_moments,
)
sections = st.builds(
    SectionTerms,
    entered_at=st.none() | near_moments,
    left_at=st.none() | near_moments,
    minutes=st.none() | st.integers(1, 120),
    credit_seconds=st.integers(0, 3600),
)
HOUR = 3600.0


@given(all_terms)
def test_a_window_cuts_time_and_never_what_is_extra(terms: Terms) -> None:
    ends = deadline(terms)
    assert ends is not None
    if terms.window_end is not None and terms.window_end >= terms.started_at and terms.minutes is not None:
        extra = timedelta(minutes=terms.minutes * terms.extra_share, seconds=terms.credit_seconds)
        least = min(terms.started_at + timedelta(minutes=terms.minutes), terms.window_end) + extra
        assert abs(ends - least) <= timedelta(microseconds=3)


happenings = st.lists(
    st.tuples(st.just("credit"), st.integers(1, 600))
    | st.tuples(st.just("extra"), st.integers(1, 50))
    | st.tuples(st.just("window"), near_moments)
    | st.tuples(st.just("outage"), near_moments),
    max_size=8,
)


def ends_after(terms: Terms, happened: list[tuple[str, Any]]) -> datetime:
    """The deadline once all of this has become known, in this order; an outage lasts ten minutes."""
    known: list[Interval] = []
    percent = 0
    for kind, what in happened:
        if kind == "credit":
            terms = replace(terms, credit_seconds=terms.credit_seconds + what)
        elif kind == "extra":
            percent += what
        elif kind == "window":
            terms = replace(terms, window_end=min(what, terms.window_end or what))
        else:
            known.append(Interval(what, what + timedelta(minutes=10)))
    terms = replace(terms, extra_share=terms.extra_share + percent / 100)
    owed = owed_seconds(known, terms.started_at, deadline(terms), 10 * HOUR)
    ends = deadline(replace(terms, credit_seconds=terms.credit_seconds + owed))
    assert ends is not None
    return ends


@given(near_terms, happenings, st.randoms())
def test_in_whatever_order_things_become_known_the_end_is_the_same(
    terms: Terms, happened: list[tuple[str, Any]], chance: Random
) -> None:
    shuffled = list(happened)
    chance.shuffle(shuffled)
    assert ends_after(terms, shuffled) == ends_after(terms, happened)


@given(near_terms, near_moments, near_moments, graces)
def test_a_finish_is_final_whatever_time_was_left(
    terms: Terms, finished: datetime, received: datetime, grace: float
) -> None:
    assert is_closed(terms, received, finished_at=finished, grace_seconds=grace)
    section = SectionTerms(entered_at=terms.started_at, minutes=10)
    assert section_is_closed(terms, section, received, finished_at=finished, grace_seconds=grace)


@given(near_terms, near_moments, spans, graces)
def test_what_is_closed_stays_closed(terms: Terms, received: datetime, later: int, grace: float) -> None:
    if is_closed(terms, received, finished_at=None, grace_seconds=grace):
        then = received + timedelta(seconds=later)
        assert is_closed(terms, then, finished_at=None, grace_seconds=grace)


@given(near_terms, near_moments, graces, spans)
def test_more_credit_never_closes_what_was_open(
    terms: Terms, received: datetime, grace: float, more: int
) -> None:
    with_more = replace(terms, credit_seconds=terms.credit_seconds + more)
    is_open = not is_closed(terms, received, finished_at=None, grace_seconds=grace)
    if is_open:
        assert not is_closed(with_more, received, finished_at=None, grace_seconds=grace)


@given(near_terms, sections, near_moments, graces)
def test_a_section_is_never_open_when_its_attempt_is_not(
    terms: Terms, section: SectionTerms, received: datetime, grace: float
) -> None:
    is_section_over = section_is_closed(terms, section, received, finished_at=None, grace_seconds=grace)
    if is_closed(terms, received, finished_at=None, grace_seconds=grace):
        assert is_section_over
    ends, whole = section_deadline(terms, section), deadline(terms)
    assert whole is not None
    if ends is None:
        assert section.entered_at is None
        assert is_section_over, "it has not begun"
    else:
        assert ends <= whole
        left = section_remaining_seconds(terms, section, received)
        assert left == max(0.0, (ends - received).total_seconds())


@given(near_terms, sections, near_moments, graces)
def test_what_was_received_before_a_section_was_left_counts_and_after_it_nothing_but_the_grace(
    terms: Terms, section: SectionTerms, received: datetime, grace: float
) -> None:
    stays = replace(section, left_at=None)
    was_open = not section_is_closed(terms, stays, received, finished_at=None, grace_seconds=grace)
    is_open = not section_is_closed(terms, section, received, finished_at=None, grace_seconds=grace)
    ends = section_deadline(terms, section)
    was_left_early = section.left_at is not None and (ends is None or section.left_at < ends)
    is_before = section.left_at is None or received <= section.left_at
    assert is_open == (was_open and (is_before or not was_left_early))


@given(near_terms, sections, st.integers(0, 3600), shares)
def test_extra_time_and_credits_lengthen_a_section_likewise(
    terms: Terms, section: SectionTerms, more: int, extra: float
) -> None:
    before = section_deadline(terms, section)
    after = section_deadline(
        replace(terms, credit_seconds=terms.credit_seconds + more, extra_share=terms.extra_share + extra),
        replace(section, credit_seconds=section.credit_seconds + more),
    )
    if before is None:
        assert after is None
    else:
        assert after is not None
        assert after >= before + timedelta(seconds=more) - timedelta(microseconds=3)


@given(near_terms, sections)
def test_a_section_without_its_own_minutes_ends_with_the_attempt(terms: Terms, section: SectionTerms) -> None:
    if section.entered_at is not None:
        assert section_deadline(terms, replace(section, minutes=None)) == deadline(terms)


@given(near_terms, sections, near_moments)
def test_leaving_late_counts_as_leaving_at_the_deadline(
    terms: Terms, section: SectionTerms, now: datetime
) -> None:
    left, ends = left_moment(terms, section, now), section_deadline(terms, section)
    assert left <= now
    assert left == (now if ends is None else min(now, ends))


@given(outages)
def test_a_union_is_in_order_touches_nowhere_and_holds_each_moment_that_was_in_one(
    found: list[Interval],
) -> None:
    union = merged(found)
    assert all(one.begins < one.ends for one in union)
    assert all(one.ends < following.begins for one, following in itertools.pairwise(union))
    edges = {moment for one in found for moment in (one.begins, one.ends)}
    for moment in edges | {edge + timedelta(milliseconds=500) for edge in edges}:
        was_in_one = any(one.begins <= moment < one.ends for one in found)
        assert any(one.begins <= moment < one.ends for one in union) == was_in_one


@given(outages, st.randoms(), near_terms)
def test_what_outages_owe_does_not_depend_on_their_order_nor_on_saying_them_twice(
    found: list[Interval], chance: Random, terms: Terms
) -> None:
    shuffled = found + found[:3]
    chance.shuffle(shuffled)
    ends = deadline(terms)
    owed = owed_seconds(found, terms.started_at, ends, 10 * HOUR)
    assert owed_seconds(shuffled, terms.started_at, ends, 10 * HOUR) == owed
    assert owed_seconds(merged(found), terms.started_at, ends, 10 * HOUR) == owed


@given(outages, near_terms, intervals, st.integers(0, 7200))
def test_what_is_owed_never_shrinks_and_never_passes_the_cap(
    found: list[Interval], terms: Terms, another: Interval, cap: int
) -> None:
    ends = deadline(terms)
    owed = owed_seconds(found, terms.started_at, ends, cap)
    assert 0 <= owed <= cap
    assert owed_seconds([*found, another], terms.started_at, ends, cap) >= owed
    assert owed_seconds(found, terms.started_at, ends, cap + 60) >= owed
    total = sum((one.ends - one.begins).total_seconds() for one in merged(found))
    assert owed <= total + 0.001


@given(near_terms, near_moments, st.integers(1, 4000))
def test_who_had_time_left_before_an_outage_has_as_much_after_it(
    terms: Terms, begins: datetime, length: int
) -> None:
    outage = Interval(begins, begins + timedelta(seconds=length))
    ends = deadline(terms)
    assert ends is not None
    owed = owed_seconds([outage], terms.started_at, ends, 10 * HOUR)
    credited = replace(terms, credit_seconds=terms.credit_seconds + owed)
    if begins >= terms.started_at and begins < ends:
        assert remaining_seconds(credited, outage.ends) == remaining_seconds(terms, begins)
    elif begins >= ends or outage.ends <= terms.started_at:
        assert owed == 0
    else:
        assert owed == (outage.ends - terms.started_at).total_seconds()


@given(outages, near_moments)
def test_what_has_no_clock_is_owed_nothing(found: list[Interval], begins: datetime) -> None:
    assert owed_seconds(found, begins, None, HOUR) == 0


HALF = Terms(NOON, 60, extra_share=0.5)  # until 13:30


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        pytest.param(SectionTerms(None, minutes=10), None, id="not entered"),
        pytest.param(SectionTerms(at(12, 10), minutes=10), at(12, 25), id="extra time applies likewise"),
        pytest.param(
            SectionTerms(at(12, 10), minutes=10, credit_seconds=90), at(12, 26, 30), id="credits on top"
        ),
        pytest.param(SectionTerms(at(13, 20), minutes=10), at(13, 30), id="never after its attempt"),
        pytest.param(SectionTerms(at(12, 10)), at(13, 30), id="no minutes of its own"),
    ],
)
def test_a_section_has_a_deadline_of_its_own(section: SectionTerms, expected: datetime | None) -> None:
    assert section_deadline(HALF, section) == expected


@pytest.mark.parametrize(
    ("left", "received", "closed"),
    [
        pytest.param(None, at(12, 25, 5), False, id="within the grace"),
        pytest.param(None, at(12, 25, 6), True, id="after the grace"),
        pytest.param(at(12, 20), at(12, 20), False, id="received as it was left"),
        pytest.param(at(12, 20), at(12, 20, 1), True, id="after it was left, and early"),
        pytest.param(at(12, 25), at(12, 25, 4), False, id="under way when it was left because time was over"),
        pytest.param(at(12, 25), at(12, 25, 6), True, id="left because time was over, and after the grace"),
    ],
)
def test_what_a_section_takes_around_its_end(left: datetime | None, received: datetime, closed: bool) -> None:
    section = SectionTerms(at(12, 10), left, minutes=10)
    assert section_is_closed(HALF, section, received, finished_at=None, grace_seconds=5) is closed


@pytest.mark.parametrize(
    ("found", "minutes"),
    [
        pytest.param([(at(12, 50), at(13, 10))], 20, id="across the deadline counts whole"),
        pytest.param(
            [(at(12, 50), at(13, 10)), (at(13, 15), at(13, 20))], 25, id="in time that was given back"
        ),
        pytest.param([(at(13, 0), at(13, 10))], 0, id="as the time was over"),
        pytest.param([(at(11, 50), at(12, 10))], 10, id="from the start on"),
        pytest.param([(at(12, 10), at(12, 20)), (at(12, 15), at(12, 30))], 20, id="overlapping ones once"),
        pytest.param([(at(10, 0), at(11, 0)), (at(14, 0), at(15, 0))], 0, id="before and after"),
    ],
)
def test_what_outages_owe_to_an_hour_from_noon(found: list[tuple[datetime, datetime]], minutes: int) -> None:
    known = [Interval(*one) for one in found]
    assert owed_seconds(known, NOON, at(13, 0), 10 * HOUR) == minutes * 60


def test_outages_that_touch_are_one() -> None:
    known = [Interval(at(12, 10), at(12, 20)), Interval(at(12, 0), at(12, 10))]
    assert merged(known) == [Interval(at(12, 0), at(12, 20))]
