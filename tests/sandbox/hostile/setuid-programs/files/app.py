import os
import stat
import subprocess

found = []
for folder, folders, files in os.walk("/"):
    if folder == "/":
        folders[:] = [name for name in folders if name not in ("proc", "sys", "dev")]
    for name in files:
        path = os.path.join(folder, name)
        status = os.lstat(path)
        if stat.S_ISREG(status.st_mode) and status.st_mode & 0o6000:
            found.append(path)
        try:
            if "security.capability" in os.listxattr(path, follow_symlinks=False):
                found.append(path)
        except OSError:
            pass
print("carry rights:", found)
for program in ("su", "sudo", "mount", "passwd", "newgrp", "ping"):
    try:
        print(program, subprocess.run([program], capture_output=True, timeout=1).returncode, "STARTED")
    except OSError as error:
        print(program, error.strerror)
wanted = ("NoNewPrivs", "CapEff", "CapPrm", "CapBnd", "CapAmb", "Seccomp", "Groups")
print([line.split() for line in open("/proc/self/status") if line.startswith(wanted)])
for change in (os.setuid, os.setgid, lambda number: os.setgroups([number])):
    try:
        change(0)
        print("CHANGED")
    except OSError as error:
        print(error.strerror)
