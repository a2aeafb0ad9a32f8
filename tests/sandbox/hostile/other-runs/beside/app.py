import os
import sys
import time

for folder in ("/box", "/tmp", "/dev/shm"):
    open(f"{folder}/left-by-the-other", "w").close()
child = os.fork()
if not child:
    os.execv(sys.executable, ["left-by-the-other", "-c", "import time; time.sleep(1)"])
time.sleep(1)
os.waitpid(child, 0)
print("was there")
