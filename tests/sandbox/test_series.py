"""Containers that wait for the next run of their series: who gets them, and what becomes of those nobody takes."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sandbox.pool import Warm
from sandbox.series import Keep
from sandbox.streams import StreamClosed


def a_container() -> Warm:
    """One that is never spoken with."""
    return cast(Warm, SimpleNamespace(container="box"))


def at_rest() -> None:
    """The run before is over."""


def until(happened: Any) -> None:
    give_up = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_a_container_is_given_to_its_series_once_and_to_no_other() -> None:
    gone: list[Any] = []
    keep, box = Keep(gone.append, seconds=60), a_container()
    keep.put("one", box, at_rest)
    assert keep.take("two") is None
    assert keep.take("one") is box
    assert keep.take("one") is None
    keep.close()
    assert gone == []


@pytest.mark.parametrize("end", ["clear", "close"])
def test_what_is_held_can_be_let_go_of_at_once(end: str) -> None:
    gone: list[Any] = []
    keep, boxes = Keep(gone.append, seconds=60), [a_container(), a_container()]
    for box in boxes:
        keep.put("one", box, at_rest)
    getattr(keep, end)()
    assert gone == boxes
    assert keep.take("one") is None


def test_a_container_that_nobody_comes_back_for_is_let_go() -> None:
    gone: list[Any] = []
    keep, box = Keep(gone.append, seconds=0.01), a_container()
    keep.put("one", box, at_rest)
    until(lambda: gone == [box])
    assert keep.take("one") is None


def test_one_that_does_not_come_to_rest_is_let_go_and_the_next_one_given() -> None:
    def restless() -> None:
        raise StreamClosed

    gone: list[Any] = []
    keep, first, second = Keep(gone.append, seconds=60), a_container(), a_container()
    keep.put("one", first, restless)
    keep.put("one", second, at_rest)
    assert keep.take("one") is second
    assert gone == [first]


def test_nothing_is_held_after_the_end() -> None:
    gone: list[Any] = []
    keep, box = Keep(gone.append, seconds=60), a_container()
    keep.close()
    keep.put("one", box, at_rest)
    assert gone == [box]
