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

attempt("add_key", 248, 217, b"user", b"k", b"v", 1, -3)
attempt("request_key", 249, 218, b"user", b"k", None, -3)
attempt("keyctl", 250, 219, 0, -3, 0)
attempt("join", 250, 219, 1, None)
