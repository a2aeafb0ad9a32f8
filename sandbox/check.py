"""`quizapp sandbox check`: look at the engine and the images, then try to get out of one container.

The probe below is run as a candidate's script in a real container of the pool; each attempt must fail.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sandbox import recipes
from sandbox.build import is_current
from sandbox.client import BrokerClient, BrokerUnavailable, LocalBroker
from sandbox.engine import Engine, EngineError
from sandbox.protocol import Limits, Program, Status
from sandbox.settings import Settings

PROBE = """
import ctypes, json, os, socket, stat

libc = ctypes.CDLL(None, use_errno=True)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))

def refused(attempt):
    try:
        return attempt()
    except OSError as error:
        return None

def reach(address):
    with socket.create_connection(address, timeout=2):
        return f"reached {address[0]}"

def call(number, *words):
    return f"syscall {number} succeeded" if libc.syscall(number, *words) >= 0 else None

def read(path):
    with open(path, "rb") as file:
        return f"read {len(file.read(64))} bytes of {path}"

def write(path):
    with open(path, "ab") as file:
        return f"opened {path} for writing"

def setuid_files():
    found = []
    for folder, folders, files in os.walk("/"):
        if folder == "/":
            folders[:] = [name for name in folders if name not in ("proc", "sys", "dev")]
        for name in files:
            mode = os.lstat(os.path.join(folder, name)).st_mode
            if stat.S_ISREG(mode) and mode & 0o6000:
                found.append(os.path.join(folder, name))
    return ", ".join(found) or None

def sockets():
    return next((path for path in ("/var/run/docker.sock", "/run/docker.sock") if os.path.exists(path)), None)

CLONE_NEWUSER = 0x10000000
print(json.dumps({
    "reach the internet": refused(lambda: reach(("1.1.1.1", 53))),
    "reach the host's cloud address": refused(lambda: reach(("169.254.169.254", 80))),
    "resolve a name": refused(lambda: socket.gethostbyname("example.org")),
    "be root": "uid 0" if os.getuid() == 0 else None,
    "hold a capability": None if int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0 else status["CapEff"].strip(),
    "gain rights by a setuid file": None if status["NoNewPrivs"].strip() == "1" else "no-new-privileges is off",
    "find a setuid file": setuid_files(),
    "call the kernel unfiltered": None if status["Seccomp"].strip() == "2" else "no seccomp filter",
    "write to the root file system": refused(lambda: write("/etc/probe")),
    "write to the packages": refused(lambda: write("/opt/quizapp/sandbox/frames.py")),
    "read the agent's memory": refused(lambda: read("/proc/1/mem")),
    "read the agent's environment": refused(lambda: read("/proc/1/environ")),
    "read kernel memory": refused(lambda: read("/proc/kcore")),
    "make a user name space": refused(lambda: call(272, CLONE_NEWUSER)),
    "mount": refused(lambda: call(165, b"none", b"/tmp", b"tmpfs", 0, None)),
    "find the engine's socket": sockets(),
    "use the engine's control groups": refused(lambda: write("/sys/fs/cgroup/memory/memory.limit_in_bytes")),
}))
"""


@dataclass(frozen=True)
class Row:
    """One line of the table: what was looked at, whether it holds, and what was found."""

    subject: str
    holds: bool
    found: str = ""


def run(settings: Settings) -> int:
    """Print the table. 0: everything holds, 1: something does not, 2: it could not be looked at."""
    engine = Engine(settings.docker_host, settings.engine_timeout)
    try:
        rows = [Row("engine", holds=True, found=engine.describe())]
        rows += [_image(engine, recipe) for recipe in recipes.recipes(settings)]
    except EngineError as error:
        _print([Row("engine", holds=False, found=str(error))])
        return 2
    if all(row.holds for row in rows):
        try:
            with LocalBroker() as client:
                rows += probe(client)
        except BrokerUnavailable as error:
            _print([*rows, Row("a run in a container", holds=False, found=str(error))])
            return 2
    _print(rows)
    return 0 if all(row.holds for row in rows) else 1


def probe(client: BrokerClient) -> list[Row]:
    """Try to get out of one container. Raises `BrokerUnavailable`."""
    outcome = client.run(Program(files={"app.py": PROBE}), Limits(wall_seconds=30))
    if outcome.status is not Status.FINISHED or outcome.exit_code:
        told = outcome.detail or outcome.stderr[-500:]
        return [Row("a run in a container", holds=False, found=f"{outcome.status.value}: {told}")]
    attempts = json.loads(outcome.stdout)
    return [Row(f"cannot {attempt}", holds=got is None, found=got or "") for attempt, got in attempts.items()]


def _image(engine: Engine, recipe: recipes.Recipe) -> Row:
    current = is_current(engine, recipe)
    return Row(f"{recipe.role} image", current, recipe.image if current else "run `quizapp sandbox build`")


def _print(rows: list[Row]) -> None:
    width = max(len(row.subject) for row in rows)
    for row in rows:
        print(f"{'ok  ' if row.holds else 'FAIL'}  {row.subject:<{width}}  {row.found}".rstrip())  # noqa: T201
