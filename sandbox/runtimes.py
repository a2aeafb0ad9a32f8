"""The runtime that makes the containers: the operator's, else the quicker one where the engine has it, else the engine's.

crun does what runc does in a tenth less of the processor time of a whole container (`sandbox/README.md`). Hosts have it
where it was installed and named in the engine's configuration, and on some it does not start: so it is tried first.
"""

from __future__ import annotations

import dataclasses
import logging
import secrets
import subprocess
from collections.abc import Mapping
from typing import Any

from sandbox.engine import Engine, EngineError, EngineUnavailable
from sandbox.hardening import FIRST_UID, pause_body
from sandbox.settings import Settings

QUICK = "crun"
LOCAL = "unix://"
ASK_SECONDS = 5.0

log = logging.getLogger("sandbox.runtimes")


def settled(engine: Engine, settings: Settings, labels: Mapping[str, str]) -> Settings:
    """The settings with the runtime that is used; `labels` are for a container to try it. Raises `EngineUnavailable`."""
    facts = engine.facts()
    if settings.runtime or name_of(settings, facts) == QUICK or QUICK not in (facts.get("Runtimes") or {}):
        return settings
    try:
        _try(engine, settings.candidate_image, labels)
    except EngineUnavailable:
        raise
    except EngineError as error:
        log.warning(
            "the engine has %s, which starts no container (%s): its own runtime is used", QUICK, error
        )
        return settings
    return dataclasses.replace(settings, runtime=QUICK)


def _try(engine: Engine, image: str, labels: Mapping[str, str]) -> None:
    body = pause_body(image, FIRST_UID, labels, QUICK)
    container = engine.create(body, f"quizapp-trial-{secrets.token_hex(6)}")
    try:
        engine.start(container)
    finally:
        engine.remove(container)


def name_of(settings: Settings, facts: Mapping[str, Any]) -> str:
    """The runtime's name, where the settings leave it to the engine too."""
    return str(settings.runtime or facts.get("DefaultRuntime") or "runc")


def describe(engine: Engine, settings: Settings) -> str:
    """One line on the engine, e.g. "Docker 20.10.24, runc 1.1.5, cgroup v1". Raises `EngineError`."""
    version, facts = engine.version(), engine.facts()
    name = name_of(settings, facts)
    parts = {part.get("Name"): part.get("Version", "?") for part in version.get("Components", [])}
    # The engine knows the version of its own runtime only; others start their answer with "NAME version NUMBER".
    told = parts.get(name) or says(settings, facts, name).partition("\n")[0].rpartition(" ")[2]
    runtime = f"{name} {told}" if told else name
    return f"Docker {version['Version']}, {runtime}, cgroup v{facts.get('CgroupVersion', '1')}"


def says(settings: Settings, facts: Mapping[str, Any], name: str) -> str:
    """What `NAME --version` prints, where the engine's runtime is a program of this machine; empty elsewhere."""
    path = str(((facts.get("Runtimes") or {}).get(name) or {}).get("path") or "")
    if not path or not settings.docker_host.startswith(LOCAL):
        return ""
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=ASK_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
