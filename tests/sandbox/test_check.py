"""`quizapp sandbox check`, and a broker that refuses to serve where it finds a hole: with real, weakened containers."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import syscalls
from sandbox.check import attempts, crun, host, isolation, runc
from sandbox.check.findings import Finding, Level
from sandbox.client import BrokerUnavailable
from sandbox.protocol import Outcome, Program, Status
from sandbox.settings import Settings
from tests.sandbox.conftest import ROOT, RunningBroker

OPEN_BOXES = {"/box": "rw,noexec,size=16m,mode=1777", "/tmp": "rw,noexec,size=16m,mode=1777"}
WEAKENED: dict[str, tuple[dict[str, Any], str]] = {
    "privileged": ({"HostConfig": {"Privileged": True}}, "cannot hold a capability"),
    "network": ({"HostConfig": {"NetworkMode": "host"}}, "cannot see a network interface"),
    "root": ({"User": "0:0", "HostConfig": {"Tmpfs": OPEN_BOXES}}, "cannot be root"),
    "writable root": (
        {"User": "0:0", "HostConfig": {"Tmpfs": OPEN_BOXES, "ReadonlyRootfs": False}},
        "cannot write to the root file system",
    ),
    "no filter": (
        {"HostConfig": {"SecurityOpt": ["no-new-privileges:true", "seccomp=unconfined"]}},
        "cannot call the kernel unfiltered",
    ),
    "processes without end": ({"HostConfig": {"PidsLimit": 0}}, "cannot have more processes than it may"),
    "memory without end": (
        {"HostConfig": {"Memory": 0, "MemorySwap": 0}},
        "cannot have more memory than it may",
    ),
    "a capability": ({"HostConfig": {"CapAdd": ["NET_RAW"]}}, "cannot hold a capability"),
    # With the filter alone it would not start at all: without no-new-privileges the filter is in force too early.
    "new privileges": (
        {"HostConfig": {"SecurityOpt": ["seccomp=unconfined"]}},
        "cannot gain rights by a program",
    ),
    "a folder of the host": (
        {"HostConfig": {"Binds": ["/usr/share:/srv:ro"]}},
        "cannot find a folder of the host",
    ),
    "programs in its folder": (
        {
            "User": "0:0",
            "HostConfig": {"Tmpfs": {place: how.replace("no", "") for place, how in OPEN_BOXES.items()}},
        },
        "cannot execute what it wrote",
    ),
}


class WeakBroker(RunningBroker):
    """A broker that makes its candidates' containers with a change to their create body."""

    def __init__(self, folder: Path, change: dict[str, Any]) -> None:
        self.change = change
        super().__init__(folder, QUIZAPP_SANDBOX_POOL_SIZE="1", QUIZAPP_SANDBOX_MAX_RUNNING="1")

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.sandbox.weak_broker", json.dumps(self.change), "broker"]


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="quizapp-weak-") as path:
        yield Path(path)


@pytest.mark.docker
@pytest.mark.parametrize("name", WEAKENED)
def test_a_broker_refuses_to_serve_with_a_hole(folder: Path, name: str) -> None:
    change, subject = WEAKENED[name]
    broker = WeakBroker(folder, change)
    try:
        health = broker.wait_until(lambda health: "hole" in health.reason)
        assert not health.ready
        assert subject in health.reason
        assert "`quizapp sandbox check`" in health.reason
        with pytest.raises(BrokerUnavailable, match="hole"):
            broker.client.run(Program(files={"app.py": "print(1)"}))
    finally:
        broker.stop()


def check(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox.cli", "check", *words],
        cwd=ROOT,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.docker
def test_the_check_finds_no_hole_here() -> None:
    done = check("--json")
    told = json.loads(done.stdout)
    levels = {one["subject"]: one["level"] for one in told["findings"]}
    assert (done.returncode, told["status"]) == (0, 0), done.stdout
    assert levels["cannot reach the network"] == "PASS"
    assert levels["cannot have more memory than it may"] == "PASS"
    assert levels["a program that eats memory is ended"] == "PASS"
    assert sum(level == "PASS" for level in levels.values()) > 40
    assert all(one["remedy"] for one in told["findings"] if one["level"] in ("CAUTION", "FAIL"))


@pytest.mark.docker
def test_what_cannot_be_looked_at_is_no_pass(tmp_path: Path) -> None:
    done = check(QUIZAPP_SANDBOX_DOCKER_HOST=f"unix://{tmp_path}/none.sock")
    assert done.returncode == 2
    assert "FAIL" in done.stdout
    assert "does not answer" in done.stdout


@pytest.mark.docker
def test_an_image_that_is_not_there_fails() -> None:
    done = check(QUIZAPP_SANDBOX_CANDIDATE_IMAGE="quizapp-no-such-image")
    assert done.returncode == 1
    assert "quizapp-no-such-image is missing or out of date" in done.stdout
    assert "-> run `quizapp sandbox build`" in done.stdout


def test_the_filter_is_what_the_script_makes_of_dockers() -> None:
    assert syscalls.PROFILE.read_text(encoding="utf-8") == syscalls.text(syscalls.load_upstream())


def test_nothing_that_is_removed_is_allowed() -> None:
    profile = syscalls.profile(syscalls.load_upstream())
    allowed = {
        name for rule in profile["syscalls"] if rule["action"] == syscalls.ALLOW for name in rule["names"]
    }
    removed = {name for removal in syscalls.REMOVED for name in removal.names}
    assert not allowed & removed
    narrowed = {name for narrowing in syscalls.NARROWED for name in narrowing.names}
    for rule in profile["syscalls"]:
        if set(rule["names"]) & narrowed and rule["action"] == syscalls.ALLOW:
            assert rule["args"], rule


OLD, OLD_PATCHED = "1.1.5+ds1", "1.1.5+ds1-1+deb12u1"
FIXES = "runc (1.1.5+ds1-1+deb12u1) bookworm-security\n  * Fix CVE-2024-21626.\n"


@pytest.mark.parametrize(
    ("version", "build", "changelog", "level"),
    [
        ("1.1.5", "", "", Level.FAIL),
        (OLD, "", "", Level.FAIL),  # how the sources were packed says nothing about fixes
        ("1.1.11", "", "", Level.FAIL),
        ("1.2.7", "", "", Level.FAIL),
        ("1.3.2", "", "", Level.FAIL),
        ("1.2.8", "", "", Level.PASS),
        ("1.3.3", "", "", Level.PASS),
        ("1.4.0", "", "", Level.PASS),
        (OLD, OLD_PATCHED, "", Level.CAUTION),
        (OLD, OLD_PATCHED, FIXES, Level.CAUTION),
        (OLD, OLD_PATCHED, "runc (1.1.5+ds1-1+deb12u1)\n  * Nothing of note.\n", Level.FAIL),
        ("", "", "", Level.NOT_TRIED),
    ],
)
def test_a_runc_with_known_holes_fails_unless_it_is_patched(
    version: str, build: str, changelog: str, level: Level
) -> None:
    assert runc.judge(version, build, changelog).level is level


BUILT = "commit: f8a096be\nspec: 1.0.0\n+SYSTEMD +SELINUX +APPARMOR +CAP +SECCOMP +EBPF +YAJL"


@pytest.mark.parametrize(
    ("told", "level"),
    [
        ("", Level.NOT_TRIED),
        ("runc version 1.1.5", Level.NOT_TRIED),
        (f"crun version 1.4.3\n{BUILT}", Level.FAIL),
        (f"crun version 1.4.4\n{BUILT}", Level.PASS),
        (f"crun version 1.8.1\n{BUILT}", Level.PASS),
        (f"crun version 1.8.1\n{BUILT} +LIBKRUN", Level.FAIL),
        (f"crun version 1.20\n{BUILT} +LIBKRUN", Level.PASS),
        (f"crun version 1.25.1\n{BUILT}", Level.PASS),
    ],
)
def test_a_crun_with_known_holes_fails(told: str, level: Level) -> None:
    assert crun.judge(told).level is level


def test_every_attempt_has_a_remedy() -> None:
    assert set(isolation.REMEDIES) == set(attempts.ATTEMPTS)


def judged(told: dict[str, Any], *, is_confined: bool = False) -> dict[str, Level]:
    outcome = Outcome(status=Status.FINISHED, exit_code=0, stdout=json.dumps(told))
    findings = isolation.judge(outcome, "runc", is_confined=is_confined, is_quick=True)
    return {finding.subject: finding.level for finding in findings}


def test_an_attempt_that_broke_or_said_nothing_is_no_pass() -> None:
    told = {
        "attempts": {"mount": None, "swap": {"not_tried": "why"}, "be root": {"broke": "why"}},
        "label": "",
    }
    seen = judged(told)
    assert seen["cannot mount"] is Level.PASS
    assert seen["cannot swap"] is Level.NOT_TRIED
    assert seen["cannot be root"] is seen["cannot trace processes"] is Level.FAIL


@pytest.mark.parametrize("stdout", ["", "{}", "[1]"])
def test_a_run_without_a_word_is_no_pass(stdout: str) -> None:
    outcome = Outcome(status=Status.DIED, stdout=stdout)
    findings = isolation.judge(outcome, "runc", is_confined=False, is_quick=True)
    assert [finding.level for finding in findings] == [Level.FAIL]
    assert isolation.came_to_nothing(findings)


@pytest.mark.parametrize(
    ("label", "is_confined", "level"),
    [
        ("docker-default (enforce)", True, Level.PASS),
        ("unconfined", True, Level.FAIL),
        ("", True, Level.FAIL),
        ("unconfined", False, Level.NOT_TRIED),
    ],
)
def test_apparmor_is_in_force_where_the_engine_says_so(label: str, is_confined: bool, level: Level) -> None:
    told = {"attempts": {"mount": None}, "label": label}
    assert judged(told, is_confined=is_confined)[isolation.LABEL] is level


GOOD: dict[str, Any] = {
    "ServerVersion": "28.1.0", "CgroupVersion": "2", "CgroupDriver": "systemd", "DefaultRuntime": "runc",
    "Runtimes": {"runc": {}}, "SecurityOptions": ["name=apparmor", "name=seccomp,profile=builtin", "name=userns"],
    "MemTotal": 64 * 2**30, "Architecture": "x86_64",
}  # fmt: skip


def looked_at(facts: dict[str, Any]) -> dict[str, Level]:
    """How the engine's own words are taken."""
    settings = Settings(pool_size=4, max_running=4, docker_host="ssh://there")
    version = {"Components": [{"Name": "runc", "Version": "1.3.4"}]}
    findings: list[Finding] = [*host._engine(settings, facts, version), *host._rights(settings, facts)]
    findings += [*host._limits(settings, facts), *host._habits(facts, {})]
    return {finding.subject: finding.level for finding in findings}


def test_an_engine_as_it_should_be_passes() -> None:
    assert set(looked_at(GOOD).values()) == {Level.PASS}


@pytest.mark.parametrize(
    ("changes", "subject", "level"),
    [
        ({"ServerVersion": "19.03.1"}, "the engine's version", Level.FAIL),
        ({"Runtimes": {"crun": {}}}, "the runtime", Level.FAIL),
        ({"SecurityOptions": ["name=apparmor", "name=userns"]}, "seccomp", Level.FAIL),
        ({"SecurityOptions": ["name=seccomp", "name=userns"]}, "AppArmor or SELinux", Level.CAUTION),
        ({"SecurityOptions": ["name=seccomp"]}, "root of a container is nobody on the host", Level.CAUTION),
        ({"CgroupDriver": "none"}, "limits are enforced", Level.FAIL),
        ({"MemoryLimit": False}, "limits on memory", Level.FAIL),
        ({"PidsLimit": False}, "limits on processes", Level.FAIL),
        ({"SwapLimit": False}, "limits on swap", Level.CAUTION),
        ({"MemTotal": 2**30}, "memory for all containers at their limit", Level.CAUTION),
        ({"LiveRestoreEnabled": True}, "live restore is off", Level.CAUTION),
        ({"ExperimentalBuild": True}, "experimental features are off", Level.CAUTION),
    ],
)
def test_what_is_wrong_with_an_engine_is_said(changes: dict[str, Any], subject: str, level: Level) -> None:
    assert looked_at(GOOD | changes)[subject] is level


def test_an_open_way_to_the_engine_fails(tmp_path: Path) -> None:
    assert host._address("tcp://10.0.0.1:2375").level is Level.FAIL
    path = tmp_path / "docker.sock"
    path.touch()
    path.chmod(0o666)
    assert host._address(f"unix://{path}").level is Level.FAIL
    path.chmod(0o660)
    assert host._address(f"unix://{path}").level is Level.PASS
