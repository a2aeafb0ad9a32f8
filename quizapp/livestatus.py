"""What is known while a submission is under way, kept in Redis: output as it grows, the verdict's arrival, the sandbox.

Everything here expires, and losing it costs only freshness: the rows in the database are the truth.
"""

from __future__ import annotations

import json
from math import ceil
from typing import Any

from redis.exceptions import RedisError

from quizapp.extensions import redis_client

KEPT_SECONDS = 3600
SANDBOX_KEY = "quizapp:sandbox"
SANDBOX_KEPT_SECONDS = 20
PACE_KEY = "quizapp:pace"
# The average so far and the new one in one go, so that none is lost between two workers.
_NOTE_PACE = """
local known = redis.call("GET", KEYS[1])
local seconds = tonumber(ARGV[1])
if known then seconds = tonumber(known) * 0.9 + seconds * 0.1 end
redis.call("SET", KEYS[1], string.format("%.3f", seconds), "EX", ARGV[2])
"""
USUAL_PACE_SECONDS = 1.0  # until something was measured
STOP_KEPT_SECONDS = 120  # longer than any run
TOLD_KEPT_SECONDS = 10  # longer than anybody waits for a verdict
NO_WORKER = (
    "No worker reports to the site, so code is not run at the moment. "
    "What you send is kept and graded as soon as one is back; whoever runs the site starts one with the command quizapp worker."
)


def _told_key(submission_id: int) -> str:
    return f"quizapp:told:{submission_id}"


def _output_key(submission_id: int, delivery: int) -> str:
    return f"quizapp:output:{submission_id}:{delivery}"


def _stop_key(submission_id: int) -> str:
    return f"quizapp:stop:{submission_id}"


def await_verdict(submission_id: int, seconds: float) -> bool:
    """Whether the verdict was announced within `seconds`, or a moment before.

    An announcement stays for a while and is nobody's alone, so whoever comes after it has missed nothing, and as many as
    like may wait. That is why it is a stream: a subscription would need a connection of its own for each verdict.
    """
    try:
        told: Any = redis_client().xread({_told_key(submission_id): "0"}, count=1, block=ceil(seconds * 1000))
    except RedisError:
        return False
    return bool(told)


def announce(submission_id: int) -> None:
    """Tell whoever waits that the verdict is in the database."""
    key = _told_key(submission_id)
    try:
        with redis_client().pipeline(transaction=False) as pipe:
            pipe.xadd(key, {"done": 1}, maxlen=1, approximate=False)
            pipe.expire(key, TOLD_KEPT_SECONDS)
            pipe.execute()
    except RedisError:
        return  # the page asks again within a second


def append_output(submission_id: int, delivery: int, text: str) -> None:
    """Add what the program printed; read again by `output_since`."""
    key = _output_key(submission_id, delivery)
    try:
        with redis_client().pipeline(transaction=False) as pipe:
            pipe.append(key, text.encode("utf-8", "replace"))
            pipe.expire(key, KEPT_SECONDS)
            pipe.execute()
    except RedisError:
        return  # the whole output comes with the verdict


def output_since(submission_id: int, delivery: int, offset: int) -> tuple[str, int]:
    """The output from byte `offset` on and the offset after it; whole characters only."""
    try:
        raw: Any = redis_client().getrange(_output_key(submission_id, delivery), max(0, offset), -1)
    except RedisError:
        return "", offset
    text = raw.decode("utf-8", "ignore")
    return text, max(0, offset) + len(text.encode())


def publish_sandbox(health: dict[str, Any]) -> None:
    """Make the broker's health known to the web processes (called by the workers' supervisor)."""
    redis_client().set(SANDBOX_KEY, json.dumps(health), ex=SANDBOX_KEPT_SECONDS)


def sandbox() -> dict[str, Any] | None:
    """The broker's last health (`sandbox.protocol.Health` as JSON); None when nobody reported lately."""
    try:
        raw = redis_client().get(SANDBOX_KEY)
    except RedisError:
        return None
    return json.loads(raw) if raw else None


def sandbox_problem() -> str | None:
    """Why code cannot be run just now, as a sentence; None when it can."""
    health = sandbox()
    if health is None:
        return NO_WORKER
    return None if health.get("ready") else str(health.get("reason") or NO_WORKER)


def note_pace(seconds: float) -> None:
    """Remember how long a submission took, as a moving average over about ten."""
    try:
        redis_client().eval(_NOTE_PACE, 1, PACE_KEY, seconds, KEPT_SECONDS)
    except RedisError:
        return


def pace() -> float | None:
    """Seconds that one submission took lately, as a moving average; None when none was graded within the hour."""
    try:
        known = redis_client().get(PACE_KEY)
    except RedisError:
        return None
    return float(known) if known else None


def expected_wait(ahead: int, places: int = 1) -> float:
    """Seconds until a submission with `ahead` others before it is served by `places` processes, from the recent pace."""
    return round((ahead + 1) * (pace() or USUAL_PACE_SECONDS) / places, 1)


def stop(submission_id: int) -> None:
    """Tell whoever runs a submission that nobody wants its verdict any more."""
    try:
        redis_client().set(_stop_key(submission_id), b"1", ex=STOP_KEPT_SECONDS)
    except RedisError:
        return  # whoever runs it sees at the next renewal that the row is not theirs any more


def is_stopped(submission_id: int) -> bool:
    """Whether `stop` was told of this submission lately."""
    try:
        return bool(redis_client().exists(_stop_key(submission_id)))
    except RedisError:
        return False
