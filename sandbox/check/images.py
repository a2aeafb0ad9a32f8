"""The images: up to date, without secrets of ours, and no larger than they need to be."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox import hardening
from sandbox.build import is_current
from sandbox.check.findings import Finding, Level, passed
from sandbox.engine import Engine
from sandbox.recipes import recipes
from sandbox.settings import Settings

LARGE_MIB = 500
SECRET = re.compile(
    r"secret|token|password|passwd|credential|api_?key|private_?key|_url$|_dsn$", re.IGNORECASE
)


def look(engine: Engine, settings: Settings) -> Iterator[Finding]:
    """Look at both images. Raises `EngineError`."""
    for recipe in recipes(settings):
        subject = f"the {recipe.role} image"
        if not is_current(engine, recipe):
            found = f"{recipe.image} is missing or out of date"
            yield Finding(f"{subject} is up to date", Level.FAIL, found, "run `quizapp sandbox build`")
            continue
        facts = engine.image(recipe.image)
        yield passed(f"{subject} is up to date", recipe.image)
        names = [one.partition("=")[0] for one in facts["Config"].get("Env") or ()]
        if secrets := [name for name in names if SECRET.search(name)]:
            remedy = f"take them out of the base image {recipe.base}: candidates can read them"
            yield Finding(f"{subject} holds no secret", Level.FAIL, ", ".join(secrets), remedy)
        else:
            yield passed(f"{subject} holds no secret")
        size = int(facts.get("Size") or 0) // hardening.MIB
        if size > LARGE_MIB:
            remedy = "choose a smaller base (QUIZAPP_SANDBOX_BASE): what is not there cannot be misused"
            yield Finding(f"{subject} is small", Level.CAUTION, f"{size} MiB", remedy)
        else:
            yield passed(f"{subject} is small", f"{size} MiB")
