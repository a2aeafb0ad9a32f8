"""Runs `attempts.py` in a container of the pool and says what each attempt got, and what to do about it."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox import hardening
from sandbox.candidates import CandidatePool
from sandbox.check import attempts
from sandbox.check.findings import Finding, Level, passed
from sandbox.conversations import ScriptRun
from sandbox.protocol import Limits, Outcome, Program, Status
from sandbox.relay import Relay
from sandbox.watch import Watch

CLAIM_SECONDS = 30.0
SCRIPT = Path(attempts.__file__).read_text(encoding="utf-8")
RUN = "a run comes to its end"
LABEL = "the security module confines it"
TAMPERED = "the create body in sandbox/hardening.py is not the one that was shipped, or the engine ignores part of it: "
FILTERED = "seccomp.json is not in force: look at the engine's seccomp support"
NO_NETWORK = "its network name space is not empty: look at the pause container's NetworkMode"
REMEDIES = {
    "see a network interface": NO_NETWORK,
    "reach the network": NO_NETWORK,
    "resolve a name": NO_NETWORK,
    "open other sockets than TCP, UDP and Unix": FILTERED,
    "call the kernel unfiltered": FILTERED,
    "trace processes": FILTERED,
    "use io_uring": FILTERED,
    "use the kernel's keyrings": FILTERED,
    "make a name space": FILTERED,
    "mount": FILTERED,
    "put programs into the kernel": FILTERED,
    "make files in memory": FILTERED,
    "open files by number": FILTERED,
    "change its user or personality": FILTERED,
    "be root": TAMPERED + "User",
    "hold a capability": TAMPERED + "CapDrop, CapAdd, Privileged",
    "gain rights by a program": TAMPERED + "no-new-privileges",
    "find a setuid file": "build the images anew with `quizapp sandbox build`",
    "see processes of others": TAMPERED + "PidMode",
    "read the agent's memory": "the agent did not shut its memory: build the images anew with `quizapp sandbox build`",
    "write to the root file system": TAMPERED + "ReadonlyRootfs",
    "write outside of its own folders": TAMPERED + "ReadonlyRootfs, Tmpfs, Binds",
    "execute what it wrote": TAMPERED + "Tmpfs needs noexec",
    "read what belongs to the host": TAMPERED + "Privileged, MaskedPaths",
    "change the kernel's settings": TAMPERED + "Privileged, ReadonlyPaths",
    "use the control groups": TAMPERED + "Privileged, CgroupnsMode, Binds",
    "find a device of the host": TAMPERED + "Privileged, Devices",
    "find a folder of the host": TAMPERED + "Binds, Mounts, Volumes",
    "find the engine's socket": TAMPERED + "Binds",
    "find a secret in its environment": TAMPERED + "Env; and the images' own environment",
    "have more processes than it may": TAMPERED + "PidsLimit; or the engine cannot limit them",
    "have more memory than it may": TAMPERED + "Memory; or the engine cannot limit it",
    "swap": "boot the host with swapaccount=1, or without swap",
    "use more than one processor": TAMPERED + "NanoCpus",
    "have larger file systems than it may": TAMPERED + "Tmpfs, ShmSize",
    "open more files, or larger ones, or leave a core": TAMPERED + "Ulimits",
}
# gVisor answers these calls itself, in user space: that they reach "the kernel" says nothing about the host's.
GVISORS_OWN = {subject for subject, remedy in REMEDIES.items() if remedy is FILTERED}
EATER = "keep = []\nwhile len(keep) < {mib}: keep.append(b'x' * 2**20)\nprint('survived')"
MOST_MEMORY = hardening.MEMORY_MIB + 64


def examine(pool: CandidatePool, watch: Watch, *, is_confined: bool, is_quick: bool = False) -> list[Finding]:
    """Try to get out of one container, all ways or the quick ones. Raises `NoneReady`, `EngineError`.

    `is_confined`: the engine says that a security module (AppArmor, SELinux) holds its containers.
    """
    order = {
        "is_quick": is_quick,
        "limits": {
            "pids": hardening.PIDS,
            "memory": hardening.MEMORY_MIB * hardening.MIB,
            "disk": hardening.DISK_MIB * hardening.MIB,
            "inodes": hardening.INODES,
            "shm": hardening.MIB,
            "nofile": hardening.OPEN_FILES,
        },
    }
    program = Program(files={"app.py": SCRIPT}, stdin=json.dumps(order))
    outcome = _run(pool, watch, program, Limits(cpu_seconds=30, wall_seconds=60, output_bytes=256 * 1024))
    return judge(outcome, pool.runtime, is_confined=is_confined, is_quick=is_quick)


def try_limits(pool: CandidatePool, watch: Watch) -> list[Finding]:
    """Run into the limits for memory, processor time and output. Raises `NoneReady`, `EngineError`."""
    cases = {
        "a program that eats memory is ended": (
            EATER.format(mib=MOST_MEMORY),
            Limits(cpu_seconds=30, wall_seconds=60),
            Status.MEMORY_LIMIT,
        ),
        "a program that computes for ever is ended": (
            "while True: pass",
            Limits(cpu_seconds=1, wall_seconds=60),
            Status.CPU_LIMIT,
        ),
        "a program that prints for ever is ended": (
            "while True: print('x' * 1000)",
            Limits(cpu_seconds=30, wall_seconds=60),
            Status.OUTPUT_LIMIT,
        ),
    }
    found = []
    for subject, (source, limits, expected) in cases.items():
        outcome = _run(pool, watch, Program(files={"app.py": source}), limits)
        if outcome.status is expected:
            found.append(passed(subject, f"after {outcome.wall_seconds:.1f} s"))
        else:
            told = f"{outcome.status.value} {outcome.detail} {outcome.stdout[:80]}".strip()
            found.append(
                Finding(subject, Level.FAIL, told, "look at the engine's control groups and its events")
            )
    return found


def judge(outcome: Outcome, runtime: str, *, is_confined: bool, is_quick: bool) -> list[Finding]:
    """What the attempts of one run say. An attempt that is not told of failed."""
    expected = [name for name in REMEDIES if not (is_quick and name in attempts.THOROUGH)]
    try:
        told: dict[str, Any] = json.loads(outcome.stdout)
        got, label = told["attempts"], str(told["label"])
    except (ValueError, KeyError, TypeError):
        got, label = {}, ""
    if not got:
        why = outcome.detail or outcome.stderr[-500:] or "it printed nothing"
        return [Finding(RUN, Level.FAIL, f"{outcome.status.value}: {why}", "run `quizapp sandbox build`")]
    findings = [_attempt(name, got.get(name, {"broke": "no word of it"}), runtime) for name in expected]
    if outcome.status is Status.FINISHED and outcome.exit_code == 0:
        findings.append(passed(RUN, "and its first process outlived every signal"))
    else:
        found = f"{outcome.status.value}, exit {outcome.exit_code}: {outcome.detail}{outcome.stderr[-500:]}"
        findings.append(
            Finding(RUN, Level.FAIL, found, "the container's first process could be ended from inside")
        )
    findings.append(_label(label, is_confined=is_confined))
    return findings


def _attempt(name: str, got: Any, runtime: str) -> Finding:
    subject, remedy = f"cannot {name}", REMEDIES[name]
    match got:
        case None:
            return passed(subject)
        case {"not_tried": why}:
            return Finding(subject, Level.NOT_TRIED, str(why))
        case {"broke": why}:
            return Finding(
                subject, Level.FAIL, f"the attempt broke: {why}", "nothing is known, which is no pass"
            )
    level = Level.CAUTION if runtime == "runsc" and name in GVISORS_OWN else Level.FAIL
    return Finding(subject, level, str(got), remedy)


def came_to_nothing(findings: Sequence[Finding]) -> bool:
    """Whether the run said nothing of any attempt, as when its container died."""
    return len(findings) == 1


def _label(label: str, *, is_confined: bool) -> Finding:
    if label and label != "unconfined":
        return passed(LABEL, label)
    if is_confined:
        found = f"the engine says so, and its container is {label or 'without a label'}"
        remedy = "load the engine's profile again: restart the engine, then aa-status lists docker-default"
        return Finding(LABEL, Level.FAIL, found, remedy)
    return Finding(LABEL, Level.NOT_TRIED, label or "the kernel has none")


def _run(pool: CandidatePool, watch: Watch, program: Program, limits: Limits) -> Outcome:
    near, far = socket.socketpair()
    with near, far:
        warm = pool.claim(CLAIM_SECONDS)
        try:
            return Relay(warm, ScriptRun(program, limits), near, lambda _stream, _text: None, watch).run()
        finally:
            pool.discard(warm)
