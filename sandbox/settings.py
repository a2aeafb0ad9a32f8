"""The operator's choices for the sandbox, read once from `QUIZAPP_SANDBOX_*` in the environment.

`CAPS` bound what a question may ask for: a question's own limits count only as far as they stay inside.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.protocol import Limits

DEFAULT_BASE = "python:3.11-slim-bookworm"
CAPS = Limits(
    cpu_seconds=30.0,
    wall_seconds=60.0,
    test_seconds=30.0,
    memory_mib=1024,
    pids=256,
    disk_mib=64,
    output_bytes=256 * 1024,
    flood_bytes=16 * 1024 * 1024,
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything the broker, the builder and the check go by. Times are seconds, sizes as the names say."""

    socket: Path = Path("var/run/broker.sock")
    docker_host: str = "unix:///var/run/docker.sock"
    runtime: str = ""  # empty: the engine's default
    base: str = DEFAULT_BASE  # what both images are built on
    candidate_image: str = "quizapp-candidate"
    grader_image: str = "quizapp-grader"
    pool_size: int = 16  # warm candidate containers, each with its own pause container
    pool_least: int = 4  # of these, kept when nobody has used the pool for a while
    max_running: int = 4  # runs at once; as many graders are kept
    refill_threads: int = 4
    drain_seconds: int = 15  # for runs under way to end when the broker is asked to
    engine_timeout: float = 15.0  # of one call to the engine
    caps: Limits = CAPS
    allowed_uids: frozenset[int] = frozenset()  # who may ask besides root and the broker's own user
    allowed_gids: frozenset[int] = frozenset()
    labels: Mapping[str, str] = field(
        default_factory=dict
    )  # further labels of every container, "key=value,..."

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings. Raises `ValueError` naming the variable when one does not fit."""
        env = os.environ if environ is None else environ
        cores = len(os.sched_getaffinity(0))
        running = _number(env, "MAX_RUNNING", max(2, cores))
        return cls(
            socket=socket_path(env),
            docker_host=_text(env, "DOCKER_HOST", env.get("DOCKER_HOST", "") or cls.docker_host),
            runtime=_text(env, "RUNTIME", cls.runtime),
            base=_text(env, "BASE", cls.base),
            candidate_image=_text(env, "CANDIDATE_IMAGE", cls.candidate_image),
            grader_image=_text(env, "GRADER_IMAGE", cls.grader_image),
            pool_size=_number(env, "POOL_SIZE", max(4, min(16, 4 * running))),
            pool_least=_number(env, "POOL_LEAST", running),
            max_running=running,
            refill_threads=_number(env, "REFILL_THREADS", max(2, cores)),
            drain_seconds=_number(env, "DRAIN_SECONDS", cls.drain_seconds),
            caps=_caps(env),
            allowed_uids=_numbers(env, "ALLOWED_UIDS"),
            allowed_gids=_numbers(env, "ALLOWED_GIDS"),
            labels=_labels(env),
        )


def socket_path(environ: Mapping[str, str] | None = None) -> Path:
    """Where the broker listens: `QUIZAPP_BROKER_SOCKET`, else `run/broker.sock` below `QUIZAPP_VAR` (./var)."""
    env = os.environ if environ is None else environ
    default = Path(env.get("QUIZAPP_VAR") or "var") / "run" / "broker.sock"
    return Path(env.get("QUIZAPP_BROKER_SOCKET") or default)


def within_caps(limits: Limits, caps: Limits) -> Limits:
    """The limits of one run, each no more than the operator's cap and more than nothing."""
    asked, most = limits.to_json(), caps.to_json()
    least = {float: 0.05, int: 1}
    return Limits.from_json(
        {name: max(least[type(cap)], min(asked[name], cap)) for name, cap in most.items()}
    )


def _text(env: Mapping[str, str], name: str, default: str) -> str:
    return env.get(f"QUIZAPP_SANDBOX_{name}") or default


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    raw = _text(env, name, str(default))
    if not raw.isdecimal() or int(raw) < 1:
        msg = f"QUIZAPP_SANDBOX_{name} should be a whole number from 1 up, not {raw!r}"
        raise ValueError(msg)
    return int(raw)


def _numbers(env: Mapping[str, str], name: str) -> frozenset[int]:
    parts = [part.strip() for part in _text(env, name, "").split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        msg = f"QUIZAPP_SANDBOX_{name} should be numbers separated by commas"
        raise ValueError(msg)
    return frozenset(int(part) for part in parts)


def _labels(env: Mapping[str, str]) -> dict[str, str]:
    pairs = [part.partition("=") for part in _text(env, "LABELS", "").split(",") if part.strip()]
    return {key.strip(): value.strip() for key, _, value in pairs}


def _caps(env: Mapping[str, str]) -> Limits:
    changes: dict[str, Any] = {}
    for item in dataclasses.fields(Limits):
        name = f"MAX_{item.name.upper()}"
        raw = _text(env, name, "")
        if not raw:
            continue
        try:
            changes[item.name] = type(getattr(CAPS, item.name))(raw)
        except ValueError as error:
            msg = f"QUIZAPP_SANDBOX_{name} should be a number, not {raw!r}"
            raise ValueError(msg) from error
    return dataclasses.replace(CAPS, **changes)
