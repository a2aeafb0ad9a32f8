"""What a pool holds, by what was asked of it."""

import threading
from collections import Counter

import pytest

from sandbox.stock import IDLE_SECONDS, PLAIN, REMEMBERED_SECONDS, Stock

SQL, MAIL = ("flask_sqlalchemy",), ("flask_mail",)


def stock(*claims: tuple[str, ...], size: int = 8) -> Stock:
    made = Stock(size, least=2, threads=4, now=0.0)
    for flavour in claims:
        made.claimed(flavour, 0.0)
    return made


def test_a_pool_shrinks_when_nobody_has_used_it_for_long_and_grows_with_the_next_run() -> None:
    pool = stock()
    assert pool.wanted(IDLE_SECONDS - 1) == 8
    assert pool.wanted(IDLE_SECONDS + 1) == 2
    pool.claimed(PLAIN, IDLE_SECONDS + 2)
    assert pool.wanted(IDLE_SECONDS + 3) == 8


def test_a_pool_smaller_than_its_least_is_kept_full() -> None:
    assert Stock(1, least=4, threads=4, now=0.0).wanted(IDLE_SECONDS + 1) == 1


@pytest.mark.parametrize(
    ("claims", "shelf"),
    [
        ([], {PLAIN: 8}),
        ([PLAIN] * 5, {PLAIN: 8}),
        ([SQL, PLAIN, PLAIN, PLAIN], {SQL: 2, PLAIN: 6}),
        ([SQL, *[PLAIN] * 40], {SQL: 1, PLAIN: 7}),
        ([SQL] * 9, {SQL: 7, PLAIN: 1}),
        ([SQL, SQL, MAIL, PLAIN], {SQL: 4, MAIL: 2, PLAIN: 2}),
    ],
)
def test_flavours_get_the_share_of_the_pool_that_they_had_of_the_last_runs(
    claims: list[tuple[str, ...]], shelf: dict[tuple[str, ...], int]
) -> None:
    pool, held = stock(*claims), Counter[tuple[str, ...]]()
    for _ in range(8):
        held[pool.next_flavour(held, 1.0)] += 1
    assert held == shelf


def test_a_flavour_that_nobody_asks_for_any_more_is_made_no_more() -> None:
    assert stock(SQL).next_flavour({}, REMEMBERED_SECONDS + 1) == PLAIN


@pytest.mark.parametrize(
    ("ready", "waiting", "running", "people", "most"),
    [
        (8, 0, 0, 0, 1),
        (6, 0, 0, 0, 1),
        (4, 0, 0, 0, 2),
        (0, 0, 0, 0, 4),
        (0, 3, 1, 1, 7),  # nothing there: as many as cores, and one more for each who waits
        (4, 4, 4, 4, 0),  # the shelf serves all who wait, so they go first
        (4, 5, 4, 0, 4),  # never more than is lacking
        (0, 5, 4, 4, 8),
        (8, 9, 4, 4, 1),  # never none while somebody waits in vain
        (6, 0, 1, 1, 0),  # not beside a run that somebody waits for
        (6, 0, 1, 0, 1),
        (3, 0, 1, 1, 0),
        (3, 0, 1, 0, 3),
        (0, 0, 4, 4, 0),  # the end of a burst has every core
        (0, 0, 4, 0, 1),
        (0, 0, 3, 3, 0),
        (0, 1, 3, 3, 5),
    ],
)
def test_the_emptier_the_shelf_the_more_are_made_side_by_side_but_runs_go_first(
    ready: int, waiting: int, running: int, people: int, most: int
) -> None:
    assert stock().side_by_side(ready, waiting, running, people, 1.0) == most


def test_what_nobody_waits_for_takes_only_from_a_shelf_that_is_full() -> None:
    pool = stock()
    assert [pool.has_spare(ready, 1.0) for ready in (5, 7, 8)] == [False, False, True]
    assert pool.has_spare(2, IDLE_SECONDS + 1)


def test_claims_of_other_threads_do_not_disturb_what_is_planned() -> None:
    shared = stock()
    stop = threading.Event()

    def claim() -> None:
        while not stop.is_set():
            shared.claimed(SQL, 1.0)

    claimer = threading.Thread(target=claim)
    claimer.start()
    try:
        for _ in range(2000):
            assert shared.next_flavour({}, 1.0) in {PLAIN, SQL}
    finally:
        stop.set()
        claimer.join()
