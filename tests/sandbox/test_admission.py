"""Who runs next when places are short."""

import contextlib
import select
from contextlib import ExitStack

import pytest

from sandbox.admission import LONGEST_WAIT, QUIET_SECONDS, Admission, Ticket
from sandbox.protocol import Priority

LIVE, EXPIRY, BULK = Priority.LIVE, Priority.EXPIRY, Priority.BULK


def has_bell(ticket: Ticket) -> bool:
    return bool(select.select([ticket.admitted], [], [], 0)[0])


def served_order(places: int, queued: list[tuple[Priority, str]]) -> list[str]:
    """The names in which runs of one place each get their turn, behind a first one that holds every place."""
    admission = Admission(places)
    order: list[str] = []
    with ExitStack() as holders:
        for _ in range(places):
            holders.enter_context(admission.queued(LIVE, "holder"))
        waiting = {}
        for number, (priority, user) in enumerate(queued):
            stack = ExitStack()
            ticket = stack.enter_context(admission.queued(priority, user))
            assert not has_bell(ticket)
            waiting[f"{user}{number}"] = (ticket, stack)
        holders.close()
        while waiting:
            name, (_, stack) = next((name, pair) for name, pair in waiting.items() if has_bell(pair[0]))
            order.append(name)
            del waiting[name]
            stack.close()
    return order


def test_a_free_place_is_given_at_once() -> None:
    admission = Admission(2)
    with admission.queued(LIVE, "a") as ticket:
        assert ticket.has_place
        assert (admission.running, admission.waiting) == (1, 0)
    assert (admission.running, admission.waiting) == (0, 0)


def test_people_go_before_drafts_and_drafts_before_bulk_work() -> None:
    queued = [(BULK, "b"), (EXPIRY, "e"), (LIVE, "l"), (BULK, "b"), (LIVE, "m")]
    assert served_order(1, queued) == ["l2", "m4", "e1", "b0", "b3"]


def test_a_user_with_many_runs_does_not_hold_up_the_others() -> None:
    queued = [(LIVE, "a"), (LIVE, "a"), (LIVE, "a"), (LIVE, "b"), (LIVE, "c"), (LIVE, "b")]
    assert served_order(1, queued) == ["a0", "b3", "c4", "a1", "b5", "a2"]


def test_bulk_work_leaves_one_place_for_people() -> None:
    admission = Admission(2)
    with admission.queued(BULK, "x") as first, admission.queued(BULK, "y") as second:
        assert first.has_place
        assert not second.has_place
        with admission.queued(LIVE, "z") as live:
            assert live.has_place
        assert not second.has_place


def test_who_waits_for_an_answer_makes_a_rush_and_bulk_work_that_waits_makes_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sandbox.admission.CORES", 4)
    admission = Admission(2)
    with admission.queued(LIVE, "a"), admission.queued(LIVE, "b"):
        assert not admission.is_rush
        with admission.queued(BULK, "x"):
            assert not admission.is_rush
        with admission.queued(EXPIRY, "e"):
            assert admission.is_rush


def test_bulk_work_runs_where_there_is_only_one_place() -> None:
    with Admission(1).queued(BULK, "x") as ticket:
        assert ticket.has_place


def test_who_gives_up_while_waiting_leaves_no_hole() -> None:
    admission = Admission(1)
    with admission.queued(LIVE, "a") as holder:
        with admission.queued(LIVE, "b"):
            assert admission.waiting == 1
        assert admission.waiting == 0
        assert holder.has_place
    assert admission.running == 0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_bulk_work_waits_for_a_spare_container_while_people_are_about() -> None:
    clock, spare = Clock(), [False]
    admission = Admission(4, lambda: spare[0], clock)
    with admission.queued(LIVE, "person") as person:
        assert has_bell(person)
    with admission.queued(BULK, "bank") as bulk:
        assert not has_bell(bulk)
        spare[0] = True
        admission.look()
        assert has_bell(bulk)


def test_bulk_work_begins_between_the_runs_of_people() -> None:
    admission = Admission(4, lambda: True, Clock())
    with contextlib.ExitStack() as running, admission.queued(BULK, "bank") as first:
        assert has_bell(first)
        running.enter_context(admission.queued(LIVE, "person"))
        with admission.queued(BULK, "bank") as second:
            assert not has_bell(second)
            running.close()
            assert has_bell(second)


def test_bulk_work_is_not_starved_by_a_pool_that_is_never_full() -> None:
    clock = Clock()
    admission = Admission(4, lambda: False, clock)
    with admission.queued(LIVE, "person"), admission.queued(BULK, "bank") as bulk:
        clock.now += LONGEST_WAIT + 1
        admission.look()
        assert has_bell(bulk)


def test_bulk_work_takes_what_there_is_when_nobody_has_come_for_a_while() -> None:
    clock = Clock()
    admission = Admission(4, lambda: False, clock)
    with admission.queued(LIVE, "person"):
        pass
    clock.now += QUIET_SECONDS + 1
    with admission.queued(BULK, "bank") as bulk:
        assert has_bell(bulk)
