"""The seccomp profile in force: what is removed fails in a container, and what programs need works."""

import ctypes
import json
from pathlib import Path

import pytest

from sandbox import syscalls
from sandbox.client import BrokerClient
from sandbox.protocol import Program

# Numbers of the removed calls on x86-64, of those that its kernels have.
NUMBERS = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "io_setup": 206, "io_submit": 209,
    "io_cancel": 210, "io_destroy": 207, "io_getevents": 208, "io_pgetevents": 333, "ptrace": 101,
    "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "process_madvise": 440, "process_mrelease": 448,
    "pidfd_open": 434, "pidfd_getfd": 438, "pidfd_send_signal": 424, "memfd_create": 319, "memfd_secret": 447,
    "userfaultfd": 323, "add_key": 248, "keyctl": 250, "request_key": 249, "mount": 165, "umount2": 166,
    "pivot_root": 155, "chroot": 161, "move_mount": 429, "open_tree": 428, "open_tree_attr": 467,
    "mount_setattr": 442, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "statmount": 457,
    "listmount": 458, "quotactl": 179, "quotactl_fd": 443, "swapon": 167, "swapoff": 168, "unshare": 272,
    "setns": 308, "sethostname": 170, "setdomainname": 171, "bpf": 321, "perf_event_open": 298, "seccomp": 317,
    "landlock_create_ruleset": 444, "landlock_add_rule": 445, "landlock_restrict_self": 446,
    "lsm_set_self_attr": 460, "name_to_handle_at": 303, "open_by_handle_at": 304, "fanotify_init": 300,
    "fanotify_mark": 301, "lookup_dcookie": 212, "setuid": 105, "setgid": 106, "setreuid": 113, "setregid": 114,
    "setresuid": 117, "setresgid": 119, "setfsuid": 122, "setfsgid": 123, "setgroups": 116, "capset": 126,
    "personality": 135, "modify_ldt": 154, "uselib": 134, "ustat": 136, "sysfs": 139, "remap_file_pages": 216,
    "sync": 162, "syncfs": 306, "vmsplice": 278, "semctl": 66, "semget": 64, "semop": 65, "semtimedop": 220,
    "shmat": 30, "shmctl": 31, "shmdt": 67, "shmget": 29, "msgctl": 71, "msgget": 68, "msgrcv": 70, "msgsnd": 69,
    "mq_getsetattr": 245, "mq_notify": 244, "mq_open": 240, "mq_timedreceive": 243, "mq_timedsend": 242,
    "mq_unlink": 241, "adjtimex": 159, "clock_adjtime": 305, "clock_settime": 227, "settimeofday": 164,
    "get_mempolicy": 239, "mbind": 237, "set_mempolicy": 238, "set_mempolicy_home_node": 450, "migrate_pages": 256,
    "move_pages": 279, "sched_setattr": 314, "sched_setparam": 142, "sched_setscheduler": 144, "ioprio_set": 251,
    "acct": 163, "iopl": 172, "ioperm": 173, "init_module": 175, "finit_module": 313, "delete_module": 176,
    "kexec_load": 246, "kexec_file_load": 320, "reboot": 169, "syslog": 103, "vhangup": 153, "nfsservctl": 180,
}  # fmt: skip
# Calls of other processors, 32-bit ones, and those that x86-64 kernels do not have.
ELSEWHERE = {
    "io_pgetevents_time64", "umount", "setuid32", "setgid32", "setreuid32", "setregid32", "setresuid32",
    "setresgid32", "setfsuid32", "setfsgid32", "setgroups32", "vm86", "vm86old", "semtimedop_time64", "ipc",
    "mq_timedreceive_time64", "mq_timedsend_time64", "clock_adjtime64", "clock_settime64", "stime", "socketcall",
    "_llseek", "_newselect", "arm_fadvise64_64", "arm_sync_file_range", "breakpoint", "cacheflush",
    "chown32", "clock_getres_time64", "clock_gettime64", "clock_nanosleep_time64", "fadvise64_64",
    "fchown32", "fcntl64", "fstat64", "fstatat64", "fstatfs64", "ftruncate64", "futex_time64", "getegid32",
    "geteuid32", "getgid32", "getgroups32", "getresgid32", "getresuid32", "getuid32", "lchown32", "lstat64",
    "mmap2", "ppoll_time64", "pselect6_time64", "recv", "recvmmsg_time64", "rt_sigtimedwait_time64",
    "sched_rr_get_interval_time64", "send", "sendfile64", "set_tls", "sigprocmask", "sigreturn", "stat64",
    "statfs64", "sync_file_range2", "timer_gettime64", "timer_settime64", "timerfd_gettime64",
    "timerfd_settime64", "truncate64", "ugetrlimit", "utimensat_time64", "waitpid",
}  # fmt: skip
CALL_ALL = """
import ctypes, errno, json
libc = ctypes.CDLL(None, use_errno=True)
seen = {}
for name, number in json.load(open(0)).items():
    ctypes.set_errno(0)
    answer = libc.syscall(number, -1, -1, -1, -1, -1, -1)
    # A library that does not know a call by name has it fail as unknown, which the kernel may know all the same.
    if answer != -1 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
        seen[name] = [answer, errno.errorcode.get(ctypes.get_errno())]
print(json.dumps(seen))
"""
ALLOWED = """
import asyncio, multiprocessing, os, socket, sqlite3, subprocess, tempfile, threading
os.mkfifo("pipe")
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6):
        socket.socket(family, kind).close()
socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP).close()
socket.socketpair()
assert subprocess.run(["echo", "said"], capture_output=True, text=True).stdout == "said\\n"
async def main():
    child = await asyncio.create_subprocess_exec("true")
    assert await child.wait() == 0
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    assert await reader.read() == b""
    return await asyncio.to_thread(threading.get_ident)
assert asyncio.run(main())
with sqlite3.connect("some.db") as database:
    database.execute("create table t (n)")
with multiprocessing.Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
tempfile.TemporaryFile().close()
print("all of it")
"""
REFUSED_TEXT = """
import os, resource, socket, stat
tried = {
    "a device": lambda: os.mknod("device", stat.S_IFCHR, os.makedev(1, 3)),
    "an empty device": lambda: os.mknod("device", stat.S_IFCHR, 0),
    "netlink": lambda: socket.socket(16, socket.SOCK_RAW),
    "packet": lambda: socket.socket(17, socket.SOCK_RAW),
    "alg": lambda: socket.socket(38, socket.SOCK_SEQPACKET),
    "vsock": lambda: socket.socket(40, socket.SOCK_STREAM),
    "raw": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
    "ping": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 1),
    "sctp": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132),
    "mptcp": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262),
    "the agent's limits": lambda: resource.prlimit(1, resource.RLIMIT_NOFILE),
    "tipc pair": lambda: socket.socketpair(30, socket.SOCK_SEQPACKET),
}
for name, call in tried.items():
    try:
        call()
    except PermissionError:
        continue
    except OSError as error:
        print(name, error)
    else:
        print(name, "worked")
"""


def names_allowed() -> set[str]:
    rules = json.loads(syscalls.PROFILE.read_text())["syscalls"]
    return {name for rule in rules if rule["action"] == syscalls.ALLOW for name in rule["names"]}


def test_what_is_removed_is_not_allowed_whatever_docker_allows() -> None:
    everything = [name for removal in syscalls.REMOVED for name in removal.names]
    assert len(everything) == len(set(everything))
    assert not set(everything) & names_allowed()
    generous = {"syscalls": [{"names": everything, "action": syscalls.ALLOW}]}
    allowed = syscalls.profile(generous)["syscalls"][0]["names"]
    assert allowed == []


def test_the_profile_has_nothing_that_an_old_engine_does_not_know() -> None:
    made = json.loads(syscalls.PROFILE.read_text())
    assert set(made) == {"defaultAction", "archMap", "syscalls"}
    for rule in made["syscalls"]:
        assert set(rule) <= {"names", "action", "args", "errnoRet"}


def test_dockers_profile_is_kept_with_its_notice() -> None:
    folder = Path(syscalls.UPSTREAM).parent
    assert "Apache License" in (folder / "LICENSE").read_text()
    assert "Docker, Inc." in (folder / "NOTICE").read_text()


def test_what_cannot_be_tried_is_no_call_of_this_processor() -> None:
    resolve = ctypes.CDLL("libseccomp.so.2").seccomp_syscall_resolve_name  # what the engine's runtime asks
    assert resolve(b"read") >= 0
    assert [name for name in ELSEWHERE if resolve(name.encode()) >= 0] == []


def test_every_removed_call_has_a_number_to_be_tried_by() -> None:
    assert NUMBERS.keys() | ELSEWHERE == {name for removal in syscalls.REMOVED for name in removal.names}


@pytest.mark.docker
def test_every_removed_call_fails_in_a_container(client: BrokerClient) -> None:
    outcome = client.run(Program(files={"app.py": CALL_ALL}, stdin=json.dumps(NUMBERS)))
    assert json.loads(outcome.stdout) == {}, outcome


@pytest.mark.docker
def test_narrowed_calls_fail_for_all_other_arguments(client: BrokerClient) -> None:
    outcome = client.run(Program(files={"app.py": REFUSED_TEXT}))
    assert (outcome.exit_code, outcome.stdout) == (0, ""), outcome


@pytest.mark.docker
def test_what_programs_need_works(client: BrokerClient) -> None:
    outcome = client.run(Program(files={"app.py": ALLOWED}))
    assert outcome.stdout == "all of it\n", outcome
