import os
import time

for _ in range(100):
    try:
        if os.fork() == 0:
            while True:
                pass
    except OSError:
        break
time.sleep(600)
