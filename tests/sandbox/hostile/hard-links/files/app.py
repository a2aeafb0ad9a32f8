import errno
import os
import sys

for path in ("/etc/passwd", "/etc/hosts", sys.executable, "/opt/quizapp/sandbox/frames.py", "/proc/1/mem", "/dev/null", "@HOST_FILE@"):
    for folder in ("/box", "/tmp"):
        try:
            os.link(path, f"{folder}/linked")
            print(path, "LINKED")
        except OSError as error:
            print(path, errno.errorcode[error.errno])
