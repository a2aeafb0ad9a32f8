"""How often one person may ask for what pages ask by themselves, without asking another process each time.

Every process counts for itself and tells Redis in steps. So what people do hardly reaches it, and a page gone wild is
stopped at its limit by all processes together, give or take a step of each. Without Redis each counts for itself.
What costs more than a statement or two is counted exactly (`exactly`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar, cast

from flask import current_app
from flask_login import current_user
from redis.exceptions import RedisError

from quizapp.errors import TooMany
from quizapp.extensions import redis_client

View = TypeVar("View", bound=Callable[..., Any])

WINDOW = 60  # seconds
STEP = 20  # times that a process counts before it tells the others


def at_most(times: int) -> Callable[[View], View]:
    """Let one person through so often in each minute of the clock; then the view is answered by `TooMany`."""
    return _paced(lambda kind, person: count(kind, person, times))


def exactly(*limits: tuple[int, int]) -> Callable[[View], View]:
    """Let one person through so many times in each so many seconds of the clock, and not once more in all processes.

    For what costs much: Redis is asked each time, once for all `limits`. Without it nobody is stopped.
    """
    return _paced(lambda kind, person: count_exactly(kind, person, limits))


def _paced(look: Callable[[str, str], None]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def paced(*args: Any, **kwargs: Any) -> Any:
            if current_app.config["RATELIMIT_ENABLED"]:
                look(f"{view.__module__}.{view.__name__}", current_user.get_id())
            return current_app.ensure_sync(view)(*args, **kwargs)

        return cast("View", paced)

    return decorate


@dataclass
class _Times:
    """What one person did in a minute: as far as it was told, by all processes, and since then in this one."""

    told: int = 0
    untold: int = 0


@dataclass
class _Minute:
    """What everybody did in a minute, by kind and person."""

    number: int = 0
    times: dict[tuple[str, str], _Times] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


def count(kind: str, person: str, most: int) -> None:
    """Count one thing that a person did, at most so many in a minute. Raises TooMany."""
    now = time.time()
    minute: _Minute = current_app.extensions.setdefault("quizapp_paces", _Minute())
    number, telling = int(now // WINDOW), 0
    with minute.lock:
        if number != minute.number:
            minute.number, minute.times = number, {}
        times = minute.times.setdefault((kind, person), _Times())
        times.untold += 1
        if times.untold >= STEP and times.told <= most:
            telling, times.untold = times.untold, 0
            times.told += telling
    if telling:
        times.told = max(times.told, _tell(f"quizapp:pace:{kind}:{person}:{number}", telling))
    if times.told + times.untold > most:
        raise TooMany(retry_after=max(1, round((number + 1) * WINDOW - now)))


def count_exactly(kind: str, person: str, limits: Sequence[tuple[int, int]]) -> None:
    """Count one thing that a person did, at most so many times in so many seconds, by each of `limits`. Raises TooMany."""
    now = time.time()
    try:
        with redis_client().pipeline(transaction=False) as pipe:
            for _, seconds in limits:
                key = f"quizapp:pace:{kind}:{person}:{seconds}:{int(now // seconds)}"
                pipe.incr(key)
                pipe.expire(key, seconds)
            told = pipe.execute()[::2]
    except RedisError:
        return
    waits = [
        seconds - now % seconds
        for (most, seconds), counted in zip(limits, told, strict=True)
        if counted > most
    ]
    if waits:
        raise TooMany(retry_after=max(1, round(max(waits))))


def _tell(key: str, times: int) -> int:
    """How often it was in all processes; 0 when Redis is away."""
    try:
        with redis_client().pipeline(transaction=False) as pipe:
            pipe.incrby(key, times)
            pipe.expire(key, 2 * WINDOW)
            counted, _ = pipe.execute()
    except RedisError:
        return 0
    return int(counted)
