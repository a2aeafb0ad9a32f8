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

parent = os.getppid()
attempt("trace me", 101, 117, 0, 0, 0, 0)
attempt("attach", 101, 117, 16, parent, 0, 0)
attempt("seize", 101, 117, 0x4206, parent, 0, 0)
buffer = ctypes.create_string_buffer(64)
part = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 64)
attempt("read memory", 310, 270, parent, part, 1, part, 1, 0)
attempt("write memory", 311, 271, parent, part, 1, part, 1, 0)
attempt("compare", 312, 272, os.getpid(), parent, 0, 0, 0)
attempt("take a descriptor", 438, 438, 3, 0, 0)
for name in ("mem", "environ", "maps", "fd/0", "root", "cwd"):
    try:
        os.close(os.open(f"/proc/{parent}/{name}", os.O_RDONLY))
        print(name, "OPENED")
    except OSError as error:
        print(name, errno.errorcode[error.errno])
