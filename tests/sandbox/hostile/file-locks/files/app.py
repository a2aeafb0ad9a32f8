import fcntl
import sys
import time

FILES = (sys.executable, "/etc/hostname", "/etc/hosts", "/etc/passwd", "/opt/quizapp/sandbox/frames.py", "/dev/null", "/dev/zero")
heard = set()
deadline = time.monotonic() + 1.2
while time.monotonic() < deadline:
    for path in FILES:
        with open(path, "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                heard.add(path)
    time.sleep(0.02)
print("heard", sorted(heard))
