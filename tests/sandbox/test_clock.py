"""The clock behind the wall limit: exact on a quiet machine, patient on a busy one, and never stopped."""

import time

import pytest

from sandbox.clock import FairClock
from sandbox.demand import demand


class Hand:
    """A clock and a machine moved by hand."""

    def __init__(self, wanted: float) -> None:
        self.now = 100.0
        self.wanted = wanted
        self.clock = FairClock(lambda: (self.wanted, self.wanted), cores=4, now=lambda: self.now)

    def move(self, seconds: float) -> float:
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            self.clock.elapsed()
        return self.clock.elapsed()


@pytest.mark.parametrize(
    ("wanted", "counted"), [(0, 10), (1, 10), (4, 10), (8, 5), (16, 2.5), (64, 2.5), (100_000, 2.5)]
)
def test_a_second_counts_as_much_as_the_share_of_a_processor(wanted: float, counted: float) -> None:
    assert Hand(wanted).move(10) == pytest.approx(counted)


def test_it_is_exact_again_when_the_others_are_done() -> None:
    hand = Hand(16)
    busy = hand.move(10)
    hand.wanted = 1
    assert hand.move(10) - busy == pytest.approx(10, abs=0.2)


def test_it_moves_between_two_looks_at_the_machine() -> None:
    hand = Hand(1)
    hand.now += 0.01
    assert hand.clock.elapsed() == pytest.approx(0.01)


def test_deadlines_kept_elsewhere_are_stretched_alike() -> None:
    assert [Hand(wanted).clock.stretch() for wanted in (0, 4, 8, 1000)] == [1, 1, 2, 4]


def test_the_real_one_never_runs_fast() -> None:
    started = time.monotonic()
    clock = FairClock()
    time.sleep(0.2)
    assert 0.04 < clock.elapsed() <= time.monotonic() - started
    assert demand()[0] >= 1
