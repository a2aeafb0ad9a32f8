import errno
import socket

ADDRESSES = ("1.1.1.1", "8.8.8.8", "10.0.0.1", "172.17.0.1", "172.18.0.1", "192.168.0.1", "192.168.65.1", "255.255.255.255")
ADDRESSES_6 = ("2606:4700:4700::1111", "fd00::1", "ff02::1")


def attempt(what, action):
    try:
        action()
        print(what, "REACHED")
    except socket.gaierror:
        print(what, "has no address")
    except OSError as error:
        print(what, errno.errorcode[error.errno] if error.errno else error)


for family, addresses in ((socket.AF_INET, ADDRESSES), (socket.AF_INET6, ADDRESSES_6)):
    for address in addresses:
        for port in (53, 80, 443, 2375, 5432, 6379):
            stream = socket.socket(family, socket.SOCK_STREAM)
            stream.settimeout(1)
            attempt(f"{address} {port} tcp", lambda: stream.connect((address, port)))
        packets = socket.socket(family, socket.SOCK_DGRAM)
        attempt(f"{address} udp", lambda: packets.sendto(b"x", (address, 53)))
for name in ("example.org", "redis", "postgres", "db", "broker", "web"):
    attempt(name, lambda: socket.getaddrinfo(name, 80))
