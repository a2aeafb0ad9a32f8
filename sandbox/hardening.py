"""The create bodies of the sandbox's containers: everything a container may do is decided here.

A body is the engine's own JSON. What is absent matters as much: no binds, no volumes, no devices, no ports, no
host name spaces, nothing `unconfined`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.protocol import Limits

FIRST_UID = (
    20000  # every slot and grader has a user of its own: some kernel quotas count per user, not per container
)
SANDBOX_PATH = "/opt/quizapp"
MEMORY_MIB = 256
PIDS = 64
DISK_MIB = 16
INODES = 1024
OPEN_FILES = 128
MIB = 1024 * 1024

ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/box",
    "TMPDIR": "/tmp",  # noqa: S108 - a file system of the container's own
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "USER": "candidate",
    "LOGNAME": "candidate",
    "PYTHONPATH": f"{SANDBOX_PATH}:{SANDBOX_PATH}/site",
    "PYTHONUTF8": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
}
# Docker's default profile less what a program for exercises never needs: `syscalls.py` makes it and says why.
SECCOMP = json.dumps(json.loads(Path(__file__).with_name("seccomp.json").read_text(encoding="utf-8")))
CANDIDATE = ["python3", "-P", "-s", f"{SANDBOX_PATH}/sandbox/candidate/start.py"]
GRADER = ["python3", "-P", "-s", "-m", "sandbox.grader.main"]
READONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
PAUSE = ["cat"]  # ends when the broker's end of its stdin is closed, however the broker went


def candidate_body(
    image: str,
    uid: int,
    pause: str,
    labels: Mapping[str, str],
    runtime: str = "",
    preload: Sequence[str] = (),
) -> dict[str, Any]:
    """A container for the code of one candidate, in the network name space of its slot's pause container.

    `preload` are packages that its agent imports before it says it is ready.
    """
    body = _body(image, [*CANDIDATE, *preload], uid, labels, runtime)
    body["HostConfig"]["NetworkMode"] = f"container:{pause}"
    return body


def grader_body(image: str, uid: int, labels: Mapping[str, str], runtime: str = "") -> dict[str, Any]:
    """A container that runs tests and no candidate code."""
    body = _body(image, GRADER, uid, labels, runtime)
    body["Hostname"] = "grader"
    body["HostConfig"]["NetworkMode"] = "none"
    return body


def pause_body(image: str, uid: int, labels: Mapping[str, str], runtime: str = "") -> dict[str, Any]:
    """A container that only keeps an empty network name space and a host name for the containers of one slot."""
    body = _body(image, PAUSE, uid, labels, runtime)
    body["Hostname"] = "sandbox"
    host = body["HostConfig"]
    host |= {"NetworkMode": "none", "Memory": 16 * MIB, "MemorySwap": 16 * MIB, "PidsLimit": 4, "Tmpfs": {}}
    body["WorkingDir"] = "/"
    return body


def _body(
    image: str, command: list[str], uid: int, labels: Mapping[str, str], runtime: str
) -> dict[str, Any]:
    owned = f"uid={uid},gid={uid},mode=0700"
    return {
        "Image": image,
        "Cmd": command,
        "Entrypoint": [],
        "User": f"{uid}:{uid}",
        "WorkingDir": "/box",
        "Env": [f"{name}={value}" for name, value in ENVIRONMENT.items()],
        "Labels": dict(labels),
        "Tty": False,
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "OpenStdin": True,
        "StdinOnce": True,  # the agent sees the end of its stdin when the broker is gone
        "HostConfig": {
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges:true", f"seccomp={SECCOMP}"],
            "Memory": MEMORY_MIB * MIB,
            "MemorySwap": MEMORY_MIB * MIB,
            "PidsLimit": PIDS,
            "NanoCpus": 1_000_000_000,
            "IpcMode": "private",
            "ShmSize": MIB,
            "Tmpfs": {
                "/box": f"rw,nosuid,nodev,noexec,size={DISK_MIB}m,nr_inodes={INODES},{owned}",
                "/tmp": f"rw,nosuid,nodev,noexec,size={DISK_MIB}m,nr_inodes={INODES},{owned}",  # noqa: S108
            },
            "Ulimits": [
                {"Name": "nofile", "Soft": OPEN_FILES, "Hard": OPEN_FILES},
                {"Name": "core", "Soft": 0, "Hard": 0},
                {"Name": "fsize", "Soft": DISK_MIB * MIB, "Hard": DISK_MIB * MIB},
            ],
            # The engine's own list, and what crun leaves open to writing where control groups are of version 1.
            "ReadonlyPaths": [*READONLY_PATHS, "/sys/fs/cgroup"],
            "LogConfig": {"Type": "none"},
            "RestartPolicy": {"Name": "no"},
            "Runtime": runtime or None,
        },
    }


def needs_resize(limits: Limits) -> bool:
    """Whether a warm container has other limits than this run wants."""
    return (limits.memory_mib, limits.pids) != (MEMORY_MIB, PIDS)
