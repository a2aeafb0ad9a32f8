import errno
import os
import socket
import urllib.error
import urllib.request

for host in ("169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "host.docker.internal", "gateway.docker.internal", "metadata.google.internal", "localhost"):
    try:
        with urllib.request.urlopen(f"http://{host}/latest/meta-data/", timeout=1):
            print(host, "REACHED")
    except urllib.error.URLError as error:
        print(host, error.reason)
link_local = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
link_local.settimeout(1)
try:
    link_local.connect(("fe80::1", 80, 0, 1))
    print("fe80::1 REACHED")
except OSError as error:
    print("fe80::1", errno.errorcode.get(error.errno, error))
print("interfaces", os.listdir("/sys/class/net"))
