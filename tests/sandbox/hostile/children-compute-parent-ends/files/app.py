import os

for _ in range(100):
    try:
        if os.fork() == 0:
            while True:
                pass
    except OSError:
        break
os._exit(0)
