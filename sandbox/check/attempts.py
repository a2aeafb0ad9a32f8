"""Tries to get out of the container it runs in: sent there as a candidate's script, and never run anywhere else.

An attempt gives None when it was held, a text on what it got when not. Reads the limits that should be in force as
JSON on stdin, prints one JSON object: attempt -> None, text, {"not_tried": why} or {"broke": why}. Standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import mmap
import os
import platform
import resource
import signal
import socket
import stat
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

PATIENCE = 0.5  # seconds for an address to answer; without a network the refusal comes at once
OWN_PLACES = ("/box", "/tmp", "/dev/shm")  # noqa: S108 - file systems of the container's own
DEVICES = {"console", "core", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin",
           "stdout", "tty", "urandom", "zero"}  # fmt: skip
FILE_SYSTEMS = {"cgroup", "cgroup2", "devpts", "devtmpfs", "mqueue", "proc", "sysfs", "tmpfs"}
GIVEN_FILES = {"/", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}
VARIABLES = {
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "LC_CTYPE",
    "TZ",
    "USER",
    "LOGNAME",
    "HOSTNAME",
    "PWD",
    "SHLVL",
    "_",
}
MOST_THREADS = 16  # beyond the limit: enough to see that there is none
NEW_USER = 0x10000000  # CLONE_NEWUSER
BAD = -1

# Calls that the filter refuses, with their numbers on x86-64 and on arm64. The arguments make no sense: a call that the
# kernel gets to see fails too, but with another error than the filter's.
CALLS: dict[str, tuple[int, int, tuple[Any, ...]]] = {
    "ptrace": (101, 117, (9999, 1, 0, 0)),
    "process_vm_readv": (310, 270, (1, None, 0, None, 0, BAD)),
    "process_vm_writev": (311, 271, (1, None, 0, None, 0, BAD)),
    "kcmp": (312, 272, (1, 1, 99, 0, 0)),
    "pidfd_open": (434, 434, (BAD, 0)),
    "pidfd_getfd": (438, 438, (BAD, 0, 0)),
    "io_uring_setup": (425, 425, (0, None)),
    "io_uring_enter": (426, 426, (BAD, 0, 0, 0, None, 0)),
    "io_uring_register": (427, 427, (BAD, 99, None, 0)),
    "add_key": (248, 217, (None, None, None, 0, 0)),
    "request_key": (249, 218, (None, None, None, 0)),
    "keyctl": (250, 219, (9999, 0, 0, 0, 0)),
    "unshare": (272, 97, (BAD,)),
    "setns": (308, 268, (BAD, 0)),
    "mount": (165, 40, (None, None, None, 0, None)),
    "umount2": (166, 39, (None, 0)),
    "pivot_root": (155, 41, (None, None)),
    "chroot": (161, 51, (None,)),
    "open_tree": (428, 428, (BAD, None, 0)),
    "fsopen": (430, 430, (None, 0)),
    "mount_setattr": (442, 442, (BAD, None, 0, None, 0)),
    "bpf": (321, 280, (9999, None, 0)),
    "perf_event_open": (298, 241, (None, 0, 0, BAD, 0)),
    "userfaultfd": (323, 282, (BAD,)),
    "memfd_create": (319, 279, (None, BAD)),
    "memfd_secret": (447, 447, (BAD,)),
    "name_to_handle_at": (303, 264, (BAD, None, None, None, 0)),
    "open_by_handle_at": (304, 265, (BAD, None, 0)),
    "personality": (135, 92, (BAD,)),
    "setuid": (105, 146, (65534,)),
    "seccomp": (317, 277, (99, 0, None)),
}

Attempt = Callable[[], "str | None"]
ATTEMPTS: dict[str, Attempt] = {}
THOROUGH: set[str] = set()  # what takes too long for the broker's start
limits: dict[str, int] = {}
libc = ctypes.CDLL(None, use_errno=True)


class NotTried(Exception):
    """The attempt says nothing here; the text says why."""


def attempt(name: str, *, is_thorough: bool = False) -> Callable[[Attempt], Attempt]:
    def keep(function: Attempt) -> Attempt:
        ATTEMPTS[name] = function
        if is_thorough:
            THOROUGH.add(name)
        return function

    return keep


def named(number: int) -> str:
    return errno.errorcode.get(number, str(number))


def listed(found: Iterable[str]) -> str | None:
    return ", ".join(found) or None


def opened(path: str, mode: str = "rb") -> bool:
    """Whether a file can be opened so, and read from, if that is asked, gives something."""
    with contextlib.suppress(OSError), Path(path).open(mode) as file:
        return "r" not in mode or bool(file.read(16))
    return False


def let_through(*names: str) -> str | None:
    """The calls among these that the kernel got to see."""
    found = []
    machine = platform.machine()
    if machine not in ("x86_64", "aarch64"):
        raise NotTried(f"the numbers of the calls on {machine} are not known")
    for name in names:
        on_x86, on_arm, arguments = CALLS[name]
        ctypes.set_errno(0)
        answer = libc.syscall(on_x86 if machine == "x86_64" else on_arm, *arguments)
        if answer >= 0:
            found.append(f"{name} succeeded")
        elif ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
            found.append(f"{name} reached the kernel ({named(ctypes.get_errno())})")
    return listed(found)


def status() -> dict[str, str]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def mounts() -> list[tuple[str, set[str], str]]:
    """Mount point, options, file system of every mount."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        own, _, rest = line.partition(" - ")
        words = own.split()
        found.append((words[4], set(words[5].split(",")), rest.split()[0]))
    return found


# Network


@attempt("see a network interface")
def interfaces() -> str | None:
    lines = Path("/proc/net/dev").read_text().splitlines()[2:]
    return listed(sorted({line.partition(":")[0].strip() for line in lines} - {"lo"}))


def reached(address: tuple[str, int], family: int = socket.AF_INET) -> str | None:
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(address)
        return f"reached {address[0]}"
    return None


@attempt("reach the network")
def addresses() -> str | None:
    tried = [reached(("1.1.1.1", 53)), reached(("169.254.169.254", 80)), reached(("172.17.0.1", 22)),
             reached(("2606:4700:4700::1111", 53), socket.AF_INET6)]  # fmt: skip
    return listed(one for one in tried if one)


@attempt("resolve a name", is_thorough=True)
def names() -> str | None:
    with contextlib.suppress(OSError):
        return f"example.org is {socket.gethostbyname('example.org')}"
    return None


@attempt("open other sockets than TCP, UDP and Unix")
def sockets() -> str | None:
    found = []
    kinds = [(family, kind, 0) for family in range(3, 46) if family != socket.AF_INET6
             for kind in (socket.SOCK_STREAM, socket.SOCK_RAW)]  # fmt: skip
    kinds += [(socket.AF_INET, socket.SOCK_RAW, 1), (socket.AF_INET, socket.SOCK_DGRAM, 1),
              (socket.AF_INET, socket.SOCK_STREAM, 132), (socket.AF_INET, socket.SOCK_STREAM, 262)]  # fmt: skip
    for family, kind, protocol in kinds:
        ctypes.set_errno(0)
        made = libc.socket(family, kind, protocol)
        if made >= 0:
            os.close(made)
        if made >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
            found.append(f"{family}/{int(kind)}/{protocol}")
    return f"{len(found)} kinds, among them {', '.join(found[:4])}" if found else None


# Calls to the kernel


@attempt("call the kernel unfiltered")
def filtered() -> str | None:
    return None if status().get("Seccomp") == "2" else "no seccomp filter is in force"


@attempt("trace processes")
def tracing() -> str | None:
    return let_through("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_open", "pidfd_getfd")


@attempt("use io_uring")
def rings() -> str | None:
    return let_through("io_uring_setup", "io_uring_enter", "io_uring_register")


@attempt("use the kernel's keyrings")
def keyrings() -> str | None:
    return let_through("add_key", "request_key", "keyctl")


@attempt("make a name space")
def name_spaces() -> str | None:
    number = 56 if platform.machine() == "x86_64" else 220
    child = libc.syscall(number, NEW_USER | signal.SIGCHLD, None, None, None, None)
    if child == 0:
        os._exit(0)
    if child > 0:
        os.waitpid(child, 0)
    return listed(
        one
        for one in (let_through("unshare", "setns"), "clone made a user name space" if child > 0 else "")
        if one
    )


@attempt("mount")
def mounting() -> str | None:
    return let_through("mount", "umount2", "pivot_root", "chroot", "open_tree", "fsopen", "mount_setattr")


@attempt("put programs into the kernel")
def programs() -> str | None:
    return let_through("bpf", "perf_event_open", "userfaultfd", "seccomp")


@attempt("make files in memory")
def memory_files() -> str | None:
    return let_through("memfd_create", "memfd_secret")


@attempt("open files by number")
def file_handles() -> str | None:
    return let_through("name_to_handle_at", "open_by_handle_at")


@attempt("change its user or personality")
def identity() -> str | None:
    return let_through("setuid", "personality")


# Rights


@attempt("be root")
def root() -> str | None:
    return "its user is root" if 0 in (*os.getresuid(), *os.getresgid()) else None


@attempt("hold a capability")
def capabilities() -> str | None:
    sets = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
    own = status()
    return listed(f"{name} {own[name]}" for name in sets if int(own.get(name, "0"), 16))


@attempt("gain rights by a program")
def new_rights() -> str | None:
    own = status()
    if "NoNewPrivs" not in own:
        raise NotTried("this kernel does not tell")
    return None if own["NoNewPrivs"] == "1" else "no-new-privileges is off"


@attempt("find a setuid file", is_thorough=True)
def setuid_files() -> str | None:
    found = []
    for folder, folders, files in os.walk("/"):
        if folder == "/":
            folders[:] = [name for name in folders if name not in ("proc", "sys", "dev")]
        for name in files:
            mode = os.lstat(os.path.join(folder, name)).st_mode  # noqa: PTH118
            if stat.S_ISREG(mode) and mode & 0o6000:
                found.append(os.path.join(folder, name))  # noqa: PTH118
    return listed(found)


# Other processes


@attempt("see processes of others")
def processes() -> str | None:
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):  # one that ended meanwhile
            if folder.name.isdecimal():
                lines = (folder / "status").read_text().splitlines()
                uid = next(line.split()[1] for line in lines if line.startswith("Uid:"))
                found += [folder.name] if int(uid) != os.getuid() else []
    return f"{len(found)} of them" if found else None


@attempt("read the agent's memory")
def agent() -> str | None:
    return listed(path for path in ("/proc/1/mem", "/proc/1/environ", "/proc/1/maps") if opened(path))


# Files


@attempt("write to the root file system")
def root_files() -> str | None:
    options = next(options for point, options, _ in mounts() if point == "/")
    if "ro" not in options:
        return "it is mounted for writing"
    return listed(path for path in ("/etc/probe", "/opt/quizapp/sandbox/frames.py") if opened(path, "ab"))


@attempt("write outside of its own folders", is_thorough=True)
def other_folders() -> str | None:
    found = []
    for folder, folders, _ in os.walk("/"):
        if folder == "/":
            folders[:] = [name for name in folders if name not in ("proc", "sys", "box", "tmp")]
        if os.access(folder, os.W_OK) and not folder.startswith(("/dev/shm", "/dev/mqueue")):  # noqa: S108
            found.append(folder)
    return listed(found)


@attempt("execute what it wrote")
def execution() -> str | None:
    found = []
    for place in OWN_PLACES:
        path = os.path.join(place, "probe-executable")  # noqa: PTH118
        with contextlib.suppress(OSError):
            Path(path).write_text("#!/bin/sh\nexit 0\n" + " " * mmap.PAGESIZE)
            Path(path).chmod(0o755)
            with contextlib.suppress(OSError):
                os.waitpid(os.posix_spawn(path, [path], {}), 0)
                found.append(place)
            with contextlib.suppress(OSError), Path(path).open("rb") as file:
                mmap.mmap(
                    file.fileno(), mmap.PAGESIZE, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_EXEC
                ).close()
                found.append(f"{place} as a library")
            Path(path).unlink()
    return listed(found)


@attempt("read what belongs to the host")
def host_files() -> str | None:
    paths = (
        "/proc/kcore",
        "/proc/kmsg",
        "/proc/keys",
        "/proc/timer_list",
        "/dev/mem",
        "/dev/kmsg",
        "/etc/shadow",
    )
    return listed(path for path in paths if opened(path))


@attempt("change the kernel's settings")
def settings() -> str | None:
    paths = ("/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory",
             "/proc/sys/kernel/ns_last_pid", "/sys/kernel/uevent_helper")  # fmt: skip
    found = [path for path in paths if opened(path, "ab")]
    found += [f"{point} is mounted for writing" for point, options, _ in mounts()
              if point in ("/sys", "/proc/sys") and "rw" in options]  # fmt: skip
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("-500")
        found.append("/proc/self/oom_score_adj")
    return listed(found)


@attempt("use the control groups")
def control_groups() -> str | None:
    names = (
        "release_agent",
        "cgroup.procs",
        "memory/memory.limit_in_bytes",
        "memory/cgroup.procs",
        "memory.max",
    )
    return listed(f"/sys/fs/cgroup/{name}" for name in names if opened(f"/sys/fs/cgroup/{name}", "ab"))


@attempt("find a device of the host")
def devices() -> str | None:
    found = sorted({path.name for path in Path("/dev").iterdir()} - DEVICES)
    return f"{len(found)} of them, among them {', '.join(found[:4])}" if found else None


@attempt("find a folder of the host")
def folders() -> str | None:
    return listed(
        point for point, _, system in mounts() if system not in FILE_SYSTEMS and point not in GIVEN_FILES
    )


@attempt("find the engine's socket")
def engine() -> str | None:
    names = ("docker.sock", "containerd/containerd.sock", "podman/podman.sock", "crio/crio.sock")
    return listed(
        f"{run}/{name}" for run in ("/run", "/var/run") for name in names if Path(run, name).exists()
    )


@attempt("find a secret in its environment")
def environment() -> str | None:
    return listed(name for name in os.environ if name not in VARIABLES and not name.startswith("PYTHON"))


# Limits


@attempt("have more processes than it may")
def process_limit() -> str | None:
    """Threads count as processes do, and cost less."""
    done, started = threading.Event(), []
    before = len(os.listdir("/proc/self/task"))  # noqa: PTH208 - counted, not looked at
    try:
        for _ in range(limits["pids"] + MOST_THREADS):
            thread = threading.Thread(target=done.wait)
            thread.start()
            started.append(thread)
    except RuntimeError:
        return None
    finally:
        done.set()
        for thread in started:
            thread.join()
    return f"{before + len(started)} at once"


def number_in(*paths: str) -> int:
    """The number in the first of these files that there is; "max" is the largest."""
    for path in paths:
        with contextlib.suppress(OSError):
            text = Path("/sys/fs/cgroup", path).read_text().split()[0]
            return 2**63 if text in ("max", "-1") else int(text)
    raise NotTried("the container's control groups cannot be read in it")


@attempt("have more memory than it may")
def memory_limit() -> str | None:
    most = number_in("memory/memory.limit_in_bytes", "memory.max")
    return f"the limit is {most // 2**20} MiB" if most > limits["memory"] else None


@attempt("swap")
def swap_limit() -> str | None:
    with contextlib.suppress(NotTried):
        return None if number_in("memory.swap.max") == 0 else "it may swap"
    most = number_in("memory/memory.memsw.limit_in_bytes")
    return f"memory and swap may be {most // 2**20} MiB" if most > limits["memory"] else None


@attempt("use more than one processor")
def processor_limit() -> str | None:
    with contextlib.suppress(OSError, ValueError):
        most, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return None if most != "max" and int(most) <= int(period) else "cpu.max is " + most
    most_time = number_in("cpu/cpu.cfs_quota_us", "cpu,cpuacct/cpu.cfs_quota_us")
    return (
        None if most_time <= number_in("cpu/cpu.cfs_period_us", "cpu,cpuacct/cpu.cfs_period_us") else "it may"
    )


@attempt("have larger file systems than it may")
def disk_limit() -> str | None:
    found = []
    for place, size in (("/box", limits["disk"]), ("/tmp", limits["disk"]), ("/dev/shm", limits["shm"])):  # noqa: S108
        seen = os.statvfs(place)
        if seen.f_blocks * seen.f_frsize > size:
            found.append(f"{place} holds {seen.f_blocks * seen.f_frsize // 2**20} MiB")
        if place != "/dev/shm" and not 0 < seen.f_files <= limits["inodes"]:  # noqa: S108
            found.append(f"{place} holds {seen.f_files} files")
    return listed(found)


@attempt("open more files, or larger ones, or leave a core")
def process_limits() -> str | None:
    most = {"RLIMIT_NOFILE": limits["nofile"], "RLIMIT_FSIZE": limits["disk"], "RLIMIT_CORE": 0}
    found = []
    for name, value in most.items():
        hard = resource.getrlimit(getattr(resource, name))[1]
        if hard == resource.RLIM_INFINITY or hard > value:
            found.append(f"{name} is {hard}")
    return listed(found)


def label() -> str:
    """The security module's word on this process, empty when there is none."""
    for path in ("/proc/self/attr/apparmor/current", "/proc/self/attr/current"):
        with contextlib.suppress(OSError):
            return Path(path).read_text().strip("\0\n ")
    return ""


def main() -> None:
    order = json.load(sys.stdin)
    limits.update(order["limits"])
    told: dict[str, Any] = {}
    for name, function in ATTEMPTS.items():
        if order["is_quick"] and name in THOROUGH:
            continue
        try:
            told[name] = function()
        except NotTried as why:
            told[name] = {"not_tried": str(why)}
        except Exception as error:  # noqa: BLE001 - said of this attempt, and the others still count
            told[name] = {"broke": f"{type(error).__name__}: {error}"}
    print(json.dumps({"attempts": told, "label": label()}), flush=True)  # noqa: T201
    # The last attempt: were one of these to work, the run would not come to its end.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGKILL, signal.SIGSTOP):
        with contextlib.suppress(OSError):
            os.kill(1, number)


if __name__ == "__main__":
    main()
