import os
import signal

for target in (os.getppid(), 1, -1):
    try:
        os.kill(target, signal.SIGSTOP)
    except OSError as error:
        print(error)
print("went on")
