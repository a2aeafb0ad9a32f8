import socket

from flask import Flask

app = Flask(__name__)


def open_ports():
    found = []
    for port in range(1, 10000):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                found.append(port)
    return found


def unix_sockets():
    with open("/proc/net/unix") as file:
        return [line.split()[7] for line in file.readlines()[1:] if len(line.split()) > 7]


print("ports", open_ports())
print("sockets", unix_sockets())
