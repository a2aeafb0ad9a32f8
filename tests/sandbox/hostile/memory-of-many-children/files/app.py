import os
import time

for _ in range(55):
    try:
        if os.fork() == 0:
            kept = bytearray(b"x" * 8_000_000)
            time.sleep(600)
    except OSError:
        break
time.sleep(600)
