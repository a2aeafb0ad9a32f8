import errno
import socket

KNOWN = {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6}
KINDS = {"stream": 1, "datagram": 2, "raw": 3, "sequential": 5}
for family in range(1, 46):
    for name, kind in KINDS.items():
        if family in KNOWN and name != "raw":
            continue
        try:
            socket.socket(family, kind).close()
            print(family, name, "OPENED" if family != socket.AF_UNIX else "as a datagram")
        except OSError as error:
            print(family, name, errno.errorcode[error.errno])
