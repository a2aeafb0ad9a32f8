"""Verdicts that need not be found twice: the same code for the same version in the same sandbox."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from quizapp import livestatus
from quizapp.extensions import redis_client
from quizapp.rules import parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT_SECONDS = 7 * 24 * 3600
# Only what the same code always gets again. A limit that was hit may have been the machine's doing.
CACHED_VERDICTS = frozenset({"accepted", "syntax_error", "wrong_answer"})


def key(
    content_hash: str,
    files: Mapping[str, str],
    scope: str,
    *,
    traced: bool,
    values: Mapping[str, str | int] | None,
    fingerprint: str | None = None,
) -> str | None:
    """The cache key; None when the sandbox is not known well enough to reuse anything.

    `values` are those that were drawn for a parameterised question: its tests differ with them. `fingerprint` is the
    sandbox's; it is asked for where it is not given.
    """
    if fingerprint is None:
        fingerprint = (livestatus.sandbox() or {}).get("fingerprint")
    if not fingerprint:
        return None
    text = json.dumps(
        [content_hash, sorted(files.items()), scope, traced, parameters.digest(values), fingerprint]
    )
    return f"quizapp:verdict:{hashlib.sha256(text.encode()).hexdigest()}"


def find(cache_key: str | None) -> dict[str, Any] | None:
    """The kept `{"verdict", "share", "outcome"}`, or None."""
    if cache_key is None:
        return None
    try:
        raw = redis_client().get(cache_key)
    except RedisError:
        return None
    return json.loads(raw) if raw else None


def keep(cache_key: str | None, verdict: str, share: float, outcome: Mapping[str, Any]) -> None:
    """Keep a verdict that will be the same next time; anything else is left out."""
    if cache_key is None or verdict not in CACHED_VERDICTS:
        return
    try:
        kept = json.dumps({"verdict": verdict, "share": share, "outcome": dict(outcome)})
        redis_client().set(cache_key, kept, ex=KEPT_SECONDS)
    except RedisError:
        return
