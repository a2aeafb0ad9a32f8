"""Makes `seccomp.json` from Docker's default profile: what is taken away from it, and why.

`python -m sandbox.syscalls` writes the profile anew, `--list` prints the tables below. Docker's profile
(`upstream/docker-seccomp.json`, with its notice) allows by capability, processor and kernel; the containers here
hold no capability, so what it allows only with one is left out. The outcome uses nothing but names, actions, plain
argument rules and one errno, which every engine from 20.10 on understands; names that a kernel or a libseccomp does
not know are skipped there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UPSTREAM = Path(__file__).with_name("upstream") / "docker-seccomp.json"
PROFILE = Path(__file__).with_name("seccomp.json")
ARCHITECTURES = {"amd64": "SCMP_ARCH_X86_64", "arm64": "SCMP_ARCH_AARCH64"}
ALLOW, REFUSE = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"
ENOSYS = 38

AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
STREAM, DATAGRAM = 1, 2
TCP, UDP = 6, 17
TYPE_MASK = 0xF  # the rest of a socket's type are flags: non-blocking, close-on-exec
FILE_TYPE_MASK, FIFO = 0o170000, 0o010000


@dataclass(frozen=True)
class Removal:
    """Calls that the profile does not allow, whatever Docker's does, and why."""

    calls: str  # names separated by blanks
    why: str

    @property
    def names(self) -> list[str]:
        return self.calls.split()


@dataclass(frozen=True)
class Narrowing:
    """Calls that stay for some arguments only: each tuple is one rule of (index, mask, value); mask 0 compares whole."""

    calls: str
    rules: tuple[tuple[tuple[int, int, int], ...], ...]
    why: str

    @property
    def names(self) -> list[str]:
        return self.calls.split()


REMOVED = (
    Removal(
        "io_uring_setup io_uring_enter io_uring_register",
        "The largest source of kernel holes of its years, and a way around this filter: what is queued there is not "
        "seen as a call. Docker took it out in 2023.",
    ),
    Removal(
        "io_setup io_submit io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64",
        "Asynchronous file access of old, counted per host and not per container; Python never uses it.",
    ),
    Removal(
        "ptrace process_vm_readv process_vm_writev kcmp process_madvise process_mrelease",
        "Reading and steering other processes: the agent has the same user as the sessions.",
    ),
    Removal(
        "pidfd_open pidfd_getfd pidfd_send_signal",
        "Handles on other processes, and with them their open files. asyncio and subprocess do without.",
    ),
    Removal(
        "memfd_create memfd_secret",
        "Files that lie on no file system can be executed in spite of noexec.",
    ),
    Removal(
        "userfaultfd", "Stops the kernel at a page of the program's choice, which makes races easy to win."
    ),
    Removal("add_key keyctl request_key", "The kernel's keyrings are shared by all containers of one user."),
    Removal(
        "mount umount umount2 pivot_root chroot move_mount open_tree open_tree_attr mount_setattr fsopen fsconfig "
        "fsmount fspick statmount listmount quotactl quotactl_fd swapon swapoff",
        "The container's view of its files is final.",
    ),
    Removal(
        "unshare setns sethostname setdomainname",
        "New name spaces give capabilities inside them, and with these most of the kernel's holes become reachable.",
    ),
    Removal("bpf perf_event_open", "Programs and counters inside the kernel."),
    Removal(
        "seccomp",
        "Nobody here needs a filter of their own; its compiler is kernel code. prctl still takes one.",
    ),
    Removal(
        "landlock_create_ruleset landlock_add_rule landlock_restrict_self lsm_set_self_attr",
        "Nobody here needs rules of their own.",
    ),
    Removal(
        "name_to_handle_at open_by_handle_at",
        "Files by number, past the container's root: the way out of Docker in 2014.",
    ),
    Removal("fanotify_init fanotify_mark lookup_dcookie", "Watching whole file systems."),
    Removal(
        "setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32 setresuid setresuid32 setresgid "
        "setresgid32 setfsuid setfsuid32 setfsgid setfsgid32 setgroups setgroups32 capset",
        "The user is final; the engine sets it before the filter is in force.",
    ),
    Removal(
        "personality modify_ldt vm86 vm86old uselib ustat sysfs remap_file_pages",
        "Ways of running very old programs; personality can switch the randomising of addresses off.",
    ),
    Removal("sync syncfs", "Writes out the file systems of the whole host, as often as one asks."),
    Removal(
        "vmsplice",
        "Pages handed over in place of copies: several holes of its own; sendfile and splice stay.",
    ),
    Removal(
        "semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget msgctl msgget msgrcv msgsnd ipc "
        "mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 "
        "mq_unlink",
        "System V memory and message queues outlive processes and count per host user; multiprocessing uses neither.",
    ),
    Removal(
        "adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 settimeofday stime",
        "The clock is the host's.",
    ),
    Removal(
        "get_mempolicy mbind set_mempolicy set_mempolicy_home_node migrate_pages move_pages",
        "Placing memory on the nodes of the host.",
    ),
    Removal("sched_setattr sched_setparam sched_setscheduler ioprio_set", "Priorities are the host's."),
    Removal(
        "acct iopl ioperm init_module finit_module delete_module kexec_load kexec_file_load reboot syslog vhangup "
        "nfsservctl",
        "The host's own affairs.",
    ),
    Removal("socketcall", "The 32-bit way to every socket, whose arguments a filter cannot see."),
    Removal(
        "_llseek _newselect arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush chown32 "
        "clock_getres_time64 clock_gettime64 clock_nanosleep_time64 fadvise64_64 fchown32 fcntl64 fstat64 "
        "fstatat64 fstatfs64 ftruncate64 futex_time64 getegid32 geteuid32 getgid32 getgroups32 getresgid32 "
        "getresuid32 getuid32 lchown32 lstat64 mmap2 ppoll_time64 pselect6_time64 recv recvmmsg_time64 "
        "rt_sigtimedwait_time64 sched_rr_get_interval_time64 send sendfile64 set_tls sigprocmask sigreturn "
        "stat64 statfs64 sync_file_range2 timer_gettime64 timer_settime64 timerfd_gettime64 timerfd_settime64 "
        "truncate64 ugetrlimit utimensat_time64 waitpid",
        "Calls of 32-bit programs and of other processors, which are refused in any case: the profile is read and "
        "compiled for every container.",
    ),
)

NARROWED = (
    Narrowing(
        "clone",
        (((0, 0x7E020000, 0),),),
        "Processes and threads, but no new name spaces.",
    ),
    Narrowing(
        "socket",
        (
            ((0, 0, AF_UNIX), (1, TYPE_MASK, STREAM)),
            ((0, 0, AF_UNIX), (1, TYPE_MASK, DATAGRAM)),
            *(
                ((0, 0, family), (1, TYPE_MASK, kind), (2, 0, protocol))
                for family in (AF_INET, AF_INET6)
                for kind, own in ((STREAM, TCP), (DATAGRAM, UDP))
                for protocol in (0, own)
            ),
        ),
        "Streams and datagrams of Unix, TCP and UDP. Every other family and protocol (netlink, packet, alg, vsock, "
        "raw, SCTP, MPTCP, ...) is kernel code that an exercise has no use for, and some load modules when asked.",
    ),
    Narrowing(
        "prlimit64",
        (((0, 0, 0),),),
        "Limits of one's own only: with the agent's one could end the container as if from outside.",
    ),
    Narrowing("socketpair", (((0, 0, AF_UNIX),),), "Only Unix sockets come in pairs here."),
    Narrowing("mknod", (((1, FILE_TYPE_MASK, FIFO),),), "Pipes with a name, and no devices."),
    Narrowing("mknodat", (((2, FILE_TYPE_MASK, FIFO),),), "Pipes with a name, and no devices."),
)


def profile(upstream: Mapping[str, Any]) -> dict[str, Any]:
    """The sandbox's profile, made from Docker's."""
    kept = set(_allowed(upstream))
    gone = {name for removal in REMOVED for name in removal.names}
    narrowed = {name for narrowing in NARROWED for name in narrowing.names}
    rules: list[dict[str, Any]] = [{"names": sorted(kept - gone - narrowed), "action": ALLOW}]
    rules += [
        {"names": narrowing.names, "action": ALLOW, "args": [_argument(*test) for test in rule]}
        for narrowing in NARROWED
        for rule in narrowing.rules
    ]
    # The C library takes "no such call" for a kernel that is too old and uses clone, whose flags can be seen.
    rules.append({"names": ["clone3"], "action": REFUSE, "errnoRet": ENOSYS})
    return {
        "defaultAction": REFUSE,
        # 64-bit calls only: the filter's arguments mean something else in the 32-bit ones.
        "archMap": [{"architecture": name, "subArchitectures": []} for name in ARCHITECTURES.values()],
        "syscalls": rules,
    }


def text(upstream: Mapping[str, Any]) -> str:
    """The profile as it is kept in `seccomp.json`."""
    return json.dumps(profile(upstream), indent=1) + "\n"


def load_upstream() -> dict[str, Any]:
    """Docker's profile, as kept here."""
    content: dict[str, Any] = json.loads(UPSTREAM.read_text(encoding="utf-8"))
    return content


def _allowed(upstream: Mapping[str, Any]) -> Iterator[str]:
    """The calls that Docker allows without a capability on these processors, narrowed ones included."""
    for rule in upstream["syscalls"]:
        includes = rule.get("includes") or {}
        is_here = not includes.get("arches") or ARCHITECTURES.keys() & includes["arches"]
        if rule["action"] == ALLOW and is_here and not includes.get("caps"):
            yield from rule["names"]


def _argument(index: int, mask: int, value: int) -> dict[str, Any]:
    if mask:
        return {"index": index, "value": mask, "valueTwo": value, "op": "SCMP_CMP_MASKED_EQ"}
    return {"index": index, "value": value, "op": "SCMP_CMP_EQ"}


def main() -> int:
    """Write the profile, or list what is taken away."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.syscalls", description=__doc__)
    parser.add_argument("--list", action="store_true", help="print what is removed or narrowed, and why")
    if parser.parse_args().list:
        for entry in (*REMOVED, *NARROWED):
            print(f"{type(entry).__name__.lower()}: {' '.join(entry.names)}\n    {entry.why}")  # noqa: T201
        return 0
    PROFILE.write_text(text(load_upstream()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
