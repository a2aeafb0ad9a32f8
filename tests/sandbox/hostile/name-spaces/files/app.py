import ctypes
import errno
import platform

libc = ctypes.CDLL(None, use_errno=True)
IS_ARM = platform.machine() == "aarch64"


def attempt(name, intel, arm, *words):
    number = arm if IS_ARM else intel
    if number is None:
        return
    got = libc.syscall(number, *words)
    print(name, "SUCCEEDED" if got >= 0 else errno.errorcode[ctypes.get_errno()])

import os

NAMES = {"user": 0x10000000, "mount": 0x20000, "pid": 0x20000000, "net": 0x40000000, "ipc": 0x8000000, "uts": 0x4000000, "cgroup": 0x2000000}
for name, flag in NAMES.items():
    attempt(f"unshare {name}", 272, 97, flag)
    attempt(f"clone {name}", 56, 220, flag | 17, 0, 0, 0, 0)
attempt("unshare time", 272, 97, 0x80)
block = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, 17)
attempt("clone3", 435, 435, block, 88)
attempt("setns", 308, 268, os.open("/proc/self/ns/net", os.O_RDONLY), 0)
attempt("mount", 165, 40, b"none", b"/tmp", b"tmpfs", 0, None)
attempt("remount", 165, 40, b"none", b"/", None, 0x1020, None)
attempt("umount", 166, 39, b"/tmp", 0)
attempt("pivot_root", 155, 41, b"/tmp", b"/tmp")
attempt("chroot", 161, 51, b"/tmp")
attempt("fsopen", 430, 430, b"tmpfs", 0)
attempt("open_tree", 428, 428, -100, b"/", 1)
attempt("move_mount", 429, 429, -100, b"/tmp", -100, b"/box", 0)
attempt("mount_setattr", 442, 442, -100, b"/", 0, None, 0)
attempt("mknod block", 259, 33, -100, b"/tmp/d", 0o60666, 0x800)
attempt("mknod character", 259, 33, -100, b"/tmp/d", 0o20666, 0x101)
