import os
import time

with open("/proc/self/oom_score_adj", "w") as file:
    file.write("0")
for _ in range(58):
    try:
        if os.fork() == 0:
            kept = []
            for _ in range(6):
                kept.append(bytearray(b"x" * 1_000_000))
                time.sleep(0.05)
            time.sleep(600)
    except OSError:
        break
time.sleep(600)
