"""The threads of a web process: who computes, who waits, and whose turn comes next."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from quizapp import crew
from quizapp.crew import Crew

PATIENCE = 60


@pytest.fixture
def hands() -> Iterator[Crew]:
    made = Crew(1, at_most=3)
    yield made
    made.shutdown()


def outside_until(moment: threading.Event) -> str:
    with crew.outside():
        assert moment.wait(PATIENCE)
    return "back"


def look_until(hands: Crew, holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < give_up
        hands.replace_waiting()
        time.sleep(0.01)


def test_tasks_are_done_one_at_a_time_in_their_order(hands: Crew) -> None:
    done: list[int] = []
    at_work: list[str] = []

    def task(number: int) -> int:
        at_work.append(threading.current_thread().name)
        assert len(at_work) == 1
        time.sleep(0.001)
        done.append(number)
        at_work.clear()
        return number

    promises = [hands.submit(task, number) for number in range(50)]
    assert [promise.result(PATIENCE) for promise in promises] == list(range(50)) == done


def test_who_waits_outside_keeps_nobody_from_their_turn(hands: Crew) -> None:
    verdict = threading.Event()
    waiting = hands.submit(outside_until, verdict)
    assert hands.submit(lambda: "done").result(PATIENCE) == "done"
    assert not waiting.done()
    verdict.set()
    assert waiting.result(PATIENCE) == "back"


def test_one_computes_again_when_those_who_waited_are_back(hands: Crew) -> None:
    verdict = threading.Event()
    waiting = [hands.submit(outside_until, verdict) for _ in range(2)]
    assert hands.submit(lambda: "done").result(PATIENCE) == "done"
    verdict.set()
    assert [promise.result(PATIENCE) for promise in waiting] == ["back", "back"]
    look_until(hands, lambda: threads() == 1)


def test_who_waits_without_saying_so_is_replaced(hands: Crew) -> None:
    lock = threading.Event()
    stuck = hands.submit(lock.wait, PATIENCE)
    behind = hands.submit(lambda: "done")
    look_until(hands, behind.done)
    assert not stuck.done()
    lock.set()
    assert stuck.result(PATIENCE)
    look_until(hands, lambda: threads() == 1)


def test_there_are_never_more_threads_than_allowed(hands: Crew) -> None:
    verdict = threading.Event()
    waiting = [hands.submit(outside_until, verdict) for _ in range(9)]
    look_until(hands, lambda: threads() == 3)
    hands.replace_waiting()
    assert threads() == 3
    verdict.set()
    assert [promise.result(PATIENCE) for promise in waiting] == ["back"] * 9


def test_what_a_task_raises_is_told_to_who_asked(hands: Crew) -> None:
    def fail() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        hands.submit(fail).result(PATIENCE)
    assert hands.submit(lambda: "still there").result(PATIENCE) == "still there"


def test_who_is_dismissed_does_what_stands_in_line_unless_it_is_called_off() -> None:
    go = threading.Event()
    for is_called_off in (False, True):
        hands = Crew(1)
        go.clear()
        first = hands.submit(go.wait, PATIENCE)
        while not first.running():
            time.sleep(0.001)
        second = hands.submit(lambda: "second")
        hands.shutdown(wait=False, cancel_futures=is_called_off)
        go.set()
        hands.shutdown()
        assert second.cancelled() == is_called_off
        assert is_called_off or second.result(PATIENCE) == "second"
    assert threads() == 0


def test_a_request_was_asked_for_before_it_stood_in_line(hands: Crew) -> None:
    go = threading.Event()
    hands.submit(go.wait, PATIENCE)
    before = time.monotonic()
    second = hands.submit(crew.asked_at)
    asked = time.monotonic()
    go.set()
    assert before <= second.result(PATIENCE) <= asked


def threads() -> int:
    """How many threads of any crew there are."""
    return sum(isinstance(thread, crew.Hand) for thread in threading.enumerate())
