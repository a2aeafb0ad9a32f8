import errno
import os
import sys
import sysconfig

import flask

PATHS = (
    "/etc/passwd", "/etc/hosts", "/etc/resolv.conf", "/etc/ld.so.preload", sys.executable, flask.__file__, os.__file__,
    sysconfig.get_paths()["purelib"] + "/sitecustomize.py", "/opt/quizapp/sandbox/frames.py", "/opt/quizapp/sandbox/candidate/agent.py",
    "/bin/sh", "/usr/bin/x", "/x", "/var/x", "/home/x", "@HOST_FILE@", "/proc/1/root@HOST_FILE@", "/proc/1/cwd/app.py",
)
for path in PATHS:
    for what, action in (
        ("append", lambda: os.open(path, os.O_WRONLY | os.O_APPEND)),
        ("create", lambda: os.open(path + ".new", os.O_WRONLY | os.O_CREAT)),
        ("remove", lambda: os.unlink(path)),
        ("rename", lambda: os.rename(path, path + ".old")),
        ("rights", lambda: os.chmod(path, 0o777)),
        ("owner", lambda: os.chown(path, os.getuid(), os.getgid())),
    ):
        try:
            action()
            print(what, path, "DONE")
        except OSError as error:
            print(what, path, errno.errorcode[error.errno])
