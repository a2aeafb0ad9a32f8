"""Percentiles, and the ways of running the same three tests that ours is compared with."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# What a bare host needs to run the exercise's tests: the fixture that the grader gives in the sandbox.
CONFTEST = """
import pytest
from app import app

@pytest.fixture
def client():
    return app.test_client()
"""


def _read_only(*paths: str | Path) -> list[str]:
    """Bubblewrap's arguments for these folders. The whole of / will not do: the engine mounts and unmounts in it."""
    return [word for path in paths for word in ("--ro-bind-try", str(path), str(path))]


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; `share` is 0..1."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass
class Series:
    """Seconds of one way of doing the same thing."""

    name: str
    run: Callable[[], object]
    seconds: list[float] = field(default_factory=list)

    def once(self) -> None:
        """Run it once and keep the time."""
        started = time.perf_counter()
        self.run()
        self.seconds.append(time.perf_counter() - started)

    @property
    def raw(self) -> dict[str, float]:
        """What a report says of it: how often, and p50 and p95 in milliseconds."""
        return {"n": len(self.seconds), "p50_ms": self.at(0.5) * 1000, "p95_ms": self.at(0.95) * 1000}

    def at(self, share: float) -> float:
        """A percentile in seconds."""
        return percentile(self.seconds, share)


def alternate(series: Sequence[Series], rounds: int, between: Callable[[], None] | None = None) -> None:
    """Run every way once per round, so that whatever else the machine does hits all of them alike."""
    for _ in range(rounds):
        for one in series:
            one.once()
            if between is not None:
                between()


def host_environment() -> dict[str, str]:
    """Our environment, with compiled bytecode allowed: the baselines must not look slower than they are."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def import_flask() -> None:
    """A Python on the bare host that imports Flask and does nothing else."""
    subprocess.run([sys.executable, "-c", "import flask"], env=host_environment(), check=True)


class Exercise:
    """A folder with the exercise's solution and tests, as a bare host or a naive container runs them."""

    def __init__(self, files: Mapping[str, str], tests: Mapping[str, str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="quizapp-bench-")
        self.path = Path(self._folder.name)
        for name, text in {**files, **tests, "conftest.py": CONFTEST, "pytest.ini": "[pytest]\n"}.items():
            (self.path / name).write_text(text)
        self.path.chmod(0o755)

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()

    def on_host(self) -> None:
        """`python -m pytest`, cold, on the bare host: the unit of every ratio.

        Only pytest and Flask are loaded, from compiled bytecode: plugins that happen to be installed beside them
        would make the unit larger and every ratio look better.
        """
        self._pytest()

    def in_bubblewrap(self) -> None:
        """The same, cold, in bubblewrap: new name spaces, nothing writable but an empty /tmp."""
        self._pytest(
            "bwrap", "--unshare-all", "--die-with-parent", *_read_only("/usr", "/bin", "/lib", "/lib64", "/etc"),
            "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", *_read_only(sys.base_prefix, sys.prefix, self.path),
            "--chdir", str(self.path),
        )  # fmt: skip

    def _pytest(self, *wrapper: str) -> None:
        command = [*wrapper, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        environment = host_environment() | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        self._check(subprocess.run(command, cwd=self.path, env=environment, capture_output=True, check=False))

    def in_naive_container(self, image: str) -> None:
        """`docker run --rm` of the grader's image on the same folder: how a simple platform would do it."""
        command = [
            "docker", "run", "--rm", "--network", "none", "--env", "TMPDIR=/dev/shm", "--label", "app=quizapp-bench",
            "--volume", f"{self.path}:/exercise:ro", "--workdir", "/exercise", "--entrypoint", "python3",
            image, "-m", "pytest", "-q", "-p", "no:cacheprovider",
        ]  # fmt: skip
        self._check(subprocess.run(command, capture_output=True, check=False))

    @staticmethod
    def _check(done: subprocess.CompletedProcess[bytes]) -> None:
        if b"3 passed" not in done.stdout:
            raise SystemExit(
                f"the baseline does not pass its three tests:\n{done.stdout.decode()}{done.stderr.decode()}"
            )
