"""How often one person may ask: each process counts for itself, and all of them together through Redis."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask import Flask

from quizapp import paces
from quizapp.errors import TooMany
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import start


@pytest.fixture(autouse=True)
def within_one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the test takes, its clock stands at ten seconds before a minute is over."""
    monkeypatch.setattr(paces, "time", SimpleNamespace(time=lambda: 1_800_000_050.0))


def counted(app: Flask, times: int, most: int, person: str = "7") -> int:
    """How many of so many requests are let through."""
    passed = 0
    with app.app_context():
        for _ in range(times):
            try:
                paces.count("saves", person, most)
            except TooMany:
                continue
            passed += 1
    return passed


def test_one_process_stops_at_the_limit(app: Flask) -> None:
    assert counted(app, 100, 45) == 45
    assert counted(app, 5, 45, person="8") == 5


def test_what_hardly_anybody_does_is_told_to_nobody(app: Flask) -> None:
    counted(app, paces.STEP - 1, 45)
    assert app.extensions["redis"].keys("quizapp:pace:*") == []


def test_processes_stop_together_give_or_take_a_step(make_app: Callable[..., Flask]) -> None:
    both = make_app(), make_app()
    passed = sum(counted(app, 1, 60) for _ in range(100) for app in both)
    assert 60 <= passed <= 60 + paces.STEP


def test_without_redis_a_process_counts_for_itself(make_app: Callable[..., Flask]) -> None:
    assert counted(make_app(REDIS_URL="unix:///nowhere/redis.sock"), 100, 45) == 45


def test_whoever_saves_too_often_is_told_when_to_go_on(app: Flask, candidate: Person, library: Shelf) -> None:
    sitting = start(candidate)
    app.config["RATELIMIT_ENABLED"] = True
    with app.app_context():
        for _ in range(240):
            paces.count("quizapp.views.responses.save", str(candidate.id), 240)
    reply = sitting.save("text", {"text": "one too many"})
    assert reply.status_code == 429
    assert reply.headers["Retry-After"] == "10"
    assert sitting.response("text").answer is None


def test_what_is_counted_exactly_stops_all_processes_at_the_limit(make_app: Callable[..., Flask]) -> None:
    both, passed = (make_app(), make_app()), 0
    for number in range(20):
        with both[number % 2].app_context():
            try:
                paces.count_exactly("runs", "7", ((5, 60), (100, 3600)))
            except TooMany:
                continue
            passed += 1
    assert passed == 5
    with both[0].app_context():
        paces.count_exactly("runs", "8", ((5, 60), (100, 3600)))


def test_the_longest_of_several_limits_says_when_to_go_on(app: Flask) -> None:
    with app.app_context():
        paces.count_exactly("runs", "7", ((1, 60), (1, 3600)))
        with pytest.raises(TooMany) as refused:
            paces.count_exactly("runs", "7", ((1, 60), (1, 3600)))
    assert refused.value.retry_after == 3600 - 1_800_000_050 % 3600


def test_without_redis_nobody_is_stopped_by_an_exact_limit(make_app: Callable[..., Flask]) -> None:
    with make_app(REDIS_URL="unix:///nowhere/redis.sock").app_context():
        for _ in range(3):
            paces.count_exactly("runs", "7", ((1, 60),))


def test_whoever_sends_too_often_is_told_when_to_go_on(app: Flask, candidate: Person, library: Shelf) -> None:
    sitting = start(candidate)
    app.config["RATELIMIT_ENABLED"] = True
    with app.app_context():
        for _ in range(40):
            paces.count_exactly(
                "quizapp.views.submissions.create", str(candidate.id), ((40, 60), (600, 3600))
            )
    path = f"/responses/{sitting.response('text').id}/submissions"
    body = {"scope": "full", "files": {"app.py": "1"}, "key": "a"}
    reply = candidate.send_json("POST", path, body)
    assert reply.status_code == 429
    assert reply.headers["Retry-After"] == "10"
