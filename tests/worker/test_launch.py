"""A program is started with no more rights than it needs, wherever the code lies."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from worker import launch
from worker.launch import CANNOT_START, Launch, closed_folders

NOBODY = 65534

LOOK = """
import json, os
def may(path, mode):
    try:
        os.close(os.open(path, mode))
        return True
    except OSError:
        return False
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
print(json.dumps({
    "uid": os.getresuid(), "groups": os.getgroups(), "folder": os.getcwd(), "no_new_privileges": status["NoNewPrivs"].strip(),
    "seen": sorted(os.listdir("../..")), "reads": may("../code/module.py", os.O_RDONLY),
    "writes_code": may("../code/new.py", os.O_WRONLY | os.O_CREAT), "writes_var": may("file", os.O_WRONLY | os.O_CREAT),
}))
"""


def launched(wanted: Launch, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-I", "-S", launch.__file__, json.dumps(asdict(wanted)), *command]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)


def as_nobody(closed: Path) -> Launch:
    site = closed / "site"
    return Launch(
        parent=os.getpid(),
        folder=str(site / "var"),
        uid=NOBODY,
        gid=NOBODY,
        readable=[str(site / "code"), str(Path(sys.executable).resolve().parents[1]), sys.prefix],
        writable=[str(site / "var")],
    )


@pytest.fixture
def closed(short_path: Path) -> Path:
    """A folder that only its owner may enter, with `site/code`, `site/var` and a secret in it."""
    folder = short_path / "closed"
    for name in ("site/code", "site/var", "secret"):
        (folder / name).mkdir(parents=True)
    (folder / "site/code/module.py").touch()
    if os.geteuid() == 0:
        os.chown(folder / "site/var", NOBODY, NOBODY)
    folder.chmod(0o700)
    return folder


def test_a_closed_folder_holds_only_what_the_program_needs(closed: Path) -> None:
    done = launched(as_nobody(closed), [sys.executable, "-c", LOOK])
    if os.geteuid() != 0:  # nobody but root can give rights away
        assert done.returncode == CANNOT_START
        return
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen == {
        "uid": [NOBODY] * 3,
        "groups": [],
        "folder": str(closed / "site/var"),
        "no_new_privileges": "1",
        "seen": ["site"],
        "reads": True,
        "writes_code": False,
        "writes_var": True,
    }
    assert sorted(path.name for path in closed.iterdir()) == ["secret", "site"], (
        "the view is the program's own"
    )


def test_what_the_user_cannot_read_is_said(closed: Path) -> None:
    code = closed / "site/code"
    code.chmod(0o700)
    done = launched(as_nobody(closed), [sys.executable, "-c", LOOK])
    assert done.returncode == CANNOT_START
    assert done.stdout == ""
    if os.geteuid() == 0:
        assert f"chmod -R go+rX {code}" in done.stderr


def test_open_folders_need_no_view(short_path: Path) -> None:
    (short_path / "open").mkdir(mode=0o755)
    assert closed_folders([str(short_path / "open" / "code")], NOBODY, NOBODY) == []


def test_the_outermost_closed_folder_counts(closed: Path) -> None:
    inner = closed / "site"
    inner.chmod(0o700)
    assert closed_folders([str(inner / "code"), str(inner / "var")], NOBODY, NOBODY) == [str(closed)]


def test_a_program_ends_with_its_parent() -> None:
    # The one in the middle starts the program and is killed.
    middle = (
        "import json, os, subprocess, sys\n"
        "wanted = json.dumps({'parent': os.getpid(), 'folder': '/'})\n"
        f"argv = [sys.executable, '-I', '-S', {launch.__file__!r}, wanted, 'sleep', '1000']\n"
        "print(subprocess.Popen(argv).pid, flush=True)\n"
        "import time; time.sleep(1000)\n"
    )
    with subprocess.Popen([sys.executable, "-c", middle], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        program = int(process.stdout.readline())
        give_up = time.monotonic() + 120
        while "sleep" not in Path(f"/proc/{program}/comm").read_text(encoding="utf-8"):
            assert time.monotonic() < give_up
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    # Orphans become ours (tests/conftest.py), so its end can be waited for.
    ended, status = os.waitpid(program, 0)
    assert ended == program
    assert os.WTERMSIG(status) == signal.SIGTERM


def test_a_program_that_is_not_there_is_said() -> None:
    done = launched(Launch(parent=os.getpid(), folder="/"), ["/nonexistent/program"])
    assert done.returncode == CANNOT_START
    assert done.stderr == "/nonexistent/program cannot be started: No such file or directory\n"


def test_a_program_gets_another_share_of_the_processors_in_a_session_of_its_own() -> None:
    wanted = Launch(parent=os.getpid(), folder="/", niceness=3)
    look = "import os, pathlib; told = pathlib.Path('/proc/self/autogroup'); print(os.nice(0), told.read_text() if told.exists() else '')"
    argv = [sys.executable, launch.__file__, json.dumps(asdict(wanted)), sys.executable, "-c", look]
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=120, check=False, start_new_session=True
    )
    niceness, _, group = done.stdout.strip().partition(" ")
    assert niceness == str(os.nice(0) + 3), done.stderr
    assert not group or group.endswith(" nice 3")
