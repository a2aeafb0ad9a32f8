import ctypes
import errno
import fcntl
import os

libc = ctypes.CDLL(None, use_errno=True)


def told(what, got):
    print(what, got if got >= 0 else errno.errorcode[ctypes.get_errno()])


try:
    print("memory file", os.write(os.memfd_create("x"), b"x"))
except OSError as error:
    print("memory file", errno.errorcode[error.errno])
segments = 0
while segments < 64 and libc.shmget(0, 8_388_608, 0o1600) >= 0:
    segments += 1
print("segments", segments)
told("message queue", libc.mq_open(b"/q", os.O_RDWR | os.O_CREAT, 0o600, None))
told("system v queue", libc.msgget(0, 0o1600))
filled = 0
try:
    for _ in range(60):
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        try:
            fcntl.fcntl(writing, 1031, 1_048_576)
        except OSError:
            pass
        try:
            while True:
                filled += os.write(writing, b"x" * 65536)
        except BlockingIOError:
            pass
except OSError as error:
    print("pipes", errno.errorcode[error.errno])
print("in pipes:", "under 64 MiB" if filled <= 64 * 2**20 else "MUCH", filled)
