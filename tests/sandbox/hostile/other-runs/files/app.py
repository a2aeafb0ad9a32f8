import os
import time

deadline = time.monotonic() + 1
pids, names = set(), set()
while time.monotonic() < deadline:
    for name in os.listdir("/proc"):
        if name.isdigit():
            pids.add(int(name))
            try:
                names.add(open(f"/proc/{name}/cmdline").read())
            except OSError:
                pass
    for folder in ("/box", "/tmp", "/dev/shm", "/proc/net"):
        for name in os.listdir(folder):
            names.add(name)
    time.sleep(0.02)
print("few processes" if len(pids) < 8 else "MANY PROCESSES", sorted(pids))
print(sorted(name for name in names if "left-by-the-other" in name))
