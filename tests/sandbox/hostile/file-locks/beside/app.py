import fcntl
import sys
import time

FILES = (sys.executable, "/etc/hostname", "/etc/hosts", "/etc/passwd", "/opt/quizapp/sandbox/frames.py", "/dev/null", "/dev/zero")
held = []
for path in FILES:
    held.append(open(path, "rb"))
    fcntl.flock(held[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
print("holds", len(held))
time.sleep(1.2)
