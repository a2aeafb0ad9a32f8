"""Sends a thousand programs through one broker, honest, wrong and hostile, and looks whether anything grows.

Usage: `make soak RUNS=1000`. Every hundred runs, once the pool is idle: containers, and descriptors, threads and memory
of the broker (and memory of dockerd, where it can be read). Exit status 1 when something is not flat.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from quizapp.questions import load_library, to_content  # noqa: E402
from quizapp.rules import programs  # noqa: E402
from quizapp.rules.judging import judge, judge_run  # noqa: E402
from sandbox.client import BrokerClient, BrokerUnavailable  # noqa: E402
from sandbox.engine import Engine  # noqa: E402
from sandbox.protocol import Limits, Outcome, Program  # noqa: E402
from sandbox.settings import Settings  # noqa: E402

EVERY = 100
AT_ONCE = 4
MORE_DESCRIPTORS, MORE_THREADS, MORE_MIB = 12, 6, 30.0  # than after the first hundred runs: more is growth
HASTE = Limits(cpu_seconds=0.5, wall_seconds=2.0, test_seconds=2.0)
HOSTILE = (
    "while True: pass",
    "while True: print('x' * 1000)",
    "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "hoard = []\nwhile True: hoard.append(bytearray(1 << 20))",
    "import os, signal\nos.kill(-1, signal.SIGKILL)",
    "import os, signal\nos.kill(1, signal.SIGTERM); os.kill(1, signal.SIGINT)",
    "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
    "import os\nif os.fork() == 0:\n    os.setsid()\n    while True: pass",
    "open('/box/full', 'wb').write(bytes(1 << 30))",
    "files = [open('/dev/null') for _ in range(10_000)]",
    "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()",
    "import os\nos._exit(3)",
)


@dataclass(frozen=True)
class Sample:
    """What there is at one moment."""

    containers: int
    descriptors: int
    threads: int
    broker_mib: float
    dockerd_mib: float

    def line(self, runs: int) -> str:
        values = "  ".join(
            f"{value:>11.1f}" if isinstance(value, float) else f"{value:>11}" for value in astuple(self)
        )
        return f"{runs:>6}  {values}"


class Soak:
    """One broker and what is sent to it."""

    def __init__(self, folder: Path) -> None:
        path = folder / "broker.sock"
        self.log = folder / "log"
        self.client = BrokerClient(path)
        self._engine = Engine(Settings.from_environment().docker_host)
        self._path = path
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sandbox.cli", "broker"],
                cwd=ROOT,
                env=os.environ
                | {"QUIZAPP_BROKER_SOCKET": str(path), "QUIZAPP_SANDBOX_POOL_SIZE": str(AT_ONCE)},
                stdout=log,
                stderr=log,
            )
        (question,) = load_library([ROOT / "bench" / "questions"]).questions
        self._content = to_content(question)
        self.wait_until_idle()
        reference = self.client.run(programs.reference(self._content), programs.limits(self._content))
        self._tests = list(reference.collected)
        self._recorded = {"contract": reference.contract, "tests": self._tests}
        self.verdicts: Counter[str] = Counter()
        self.surprises: list[str] = []

    def wait_until_idle(self) -> None:
        """Until nothing runs and a container of each place waits."""
        give_up = time.monotonic() + 300
        while time.monotonic() < give_up and self.process.poll() is None:
            with contextlib.suppress(BrokerUnavailable):
                health = self.client.health()
                if health.ready and not health.running and health.pool_ready >= AT_ONCE:
                    return
            time.sleep(0.2)
        raise SystemExit(f"The broker does not come to rest:\n{self.log.read_text()[-3000:]}")

    def sample(self) -> Sample:
        self.wait_until_idle()
        time.sleep(1.0)  # for threads that are done to end
        found = self._engine.containers("app=quizapp", "quizapp.broker")
        own = [one for one in found if f" {self._path} " in one["Labels"]["quizapp.broker"]]
        folder = Path(f"/proc/{self.process.pid}")
        return Sample(
            containers=len(own),
            descriptors=len(list((folder / "fd").iterdir())),
            threads=len(list((folder / "task").iterdir())),
            broker_mib=_resident_mib(self.process.pid),
            dockerd_mib=_dockerd_mib(),
        )

    def one(self, number: int) -> None:
        """One run of the mix: six honest, two wrong and two hostile of ten."""
        kind = number % 10
        try:
            if kind in (4, 9):
                outcome = self.client.run(
                    Program(files={"app.py": HOSTILE[number // 5 % len(HOSTILE)]}), HASTE
                )
                self._note("hostile", judge_run(outcome).verdict, outcome, bad=("internal_error",))
            elif kind in (2, 7):
                outcome = self._graded(self._content["mistakes"][0]["files"])
                self._note("wrong", judge(outcome, self._tests).verdict, outcome, bad=("accepted",))
            else:
                outcome = self._graded(self._content["solution"])
                verdict = judge(outcome, self._tests).verdict
                self._note(
                    "honest", verdict, outcome, bad=("wrong_answer", "runtime_error", "internal_error")
                )
        except BrokerUnavailable as problem:
            self.surprises.append(f"run {number}: {problem}")

    def _graded(self, files: dict[str, str]) -> Outcome:
        program = programs.graded(self._content, self._recorded, files, scope="full", trace=False)
        return self.client.run(program, programs.limits(self._content))

    def _note(self, kind: str, verdict: str, outcome: Outcome, bad: tuple[str, ...]) -> None:
        self.verdicts[f"{kind}: {verdict}"] += 1
        if verdict in bad:
            self.surprises.append(f"{kind}: {verdict}: {outcome.detail}")


def _resident_mib(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


def _dockerd_mib() -> float:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return _resident_mib(int(Path("/var/run/docker.pid").read_text(encoding="ascii")))
    return float("nan")


def _growth(steady: Sample, last: Sample) -> list[str]:
    found = []
    if last.containers > steady.containers:
        found.append(f"containers: {steady.containers} -> {last.containers}")
    if last.descriptors > steady.descriptors + MORE_DESCRIPTORS:
        found.append(f"descriptors: {steady.descriptors} -> {last.descriptors}")
    if last.threads > steady.threads + MORE_THREADS:
        found.append(f"threads: {steady.threads} -> {last.threads}")
    if last.broker_mib > steady.broker_mib + MORE_MIB:
        found.append(f"memory: {steady.broker_mib:.1f} -> {last.broker_mib:.1f} MiB")
    return found


def main() -> int:
    """Run it; 1 when something grew or a verdict was not as it should be."""
    parser = argparse.ArgumentParser(description="Look whether the broker grows.")
    parser.add_argument("runs", type=int, nargs="?", default=1000)
    runs = parser.parse_args().runs
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="quizapp-soak-") as folder:
        soak = Soak(Path(folder))
        try:
            print(
                "  runs  "
                + "  ".join(
                    f"{name:>11}"
                    for name in ("containers", "descriptors", "threads", "broker MiB", "dockerd MiB")
                )
            )
            samples = [soak.sample()]
            print(samples[0].line(0), flush=True)
            with ThreadPoolExecutor(AT_ONCE) as pool:
                for done in range(0, runs, EVERY):
                    list(pool.map(soak.one, range(done, min(done + EVERY, runs))))
                    samples.append(soak.sample())
                    print(samples[-1].line(min(done + EVERY, runs)), flush=True)
        finally:
            soak.process.terminate()
            soak.process.wait(timeout=120)
    for verdict, count in sorted(soak.verdicts.items()):
        print(f"{count:>6}  {verdict}")
    wrong = _growth(samples[1], samples[-1]) + soak.surprises[:20]
    print(f"{runs} runs in {time.monotonic() - began:.0f} s: {'flat' if not wrong else 'NOT FLAT'}")
    for line in wrong:
        print(f"  {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
