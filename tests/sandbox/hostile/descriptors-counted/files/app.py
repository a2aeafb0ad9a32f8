import errno
import os
import socket

for make in (lambda: os.open("/dev/null", 0), lambda: socket.socket().detach(), lambda: os.dup(0)):
    kept = []
    try:
        while len(kept) < 1000:
            kept.append(make())
    except OSError as error:
        print(errno.errorcode[error.errno], "few" if len(kept) < 128 else "MANY")
    for fd in kept:
        os.close(fd)
