"""A warm grader for the tests of this folder, made anew when a run broke it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.sandbox.remote.harness import Peer, peer, run


class Bench:
    """Runs tests with a fresh agent each, and one grader as long as it lasts."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._grader: Peer | None = None

    def run(self, files: dict[str, str], tests: dict[str, str], **more: Any) -> dict[str, Any]:
        """One run; see `harness.run`."""
        if self._grader is None:
            self._grader = self._stack.enter_context(peer("sandbox.grader.main"))
        with peer("sandbox.candidate.start") as agent:
            outcome = run(agent, self._grader, files, tests, **more)
        if outcome["broke"]:
            self._grader.stop()
            self._grader = None
        else:
            self._grader.wait_for("ready")
        return outcome


@pytest.fixture(scope="module")
def bench() -> Iterator[Callable[..., dict[str, Any]]]:
    with ExitStack() as stack:
        yield Bench(stack).run
