import errno
import mmap
import os
import shutil
import stat

for folder in ("/box", "/tmp", "/dev/shm"):
    program = f"{folder}/program"
    shutil.copy("/bin/cat" if os.path.exists("/bin/cat") else "/usr/bin/env", program)
    os.chmod(program, 0o700)
    script = f"{folder}/script"
    with open(script, "w") as file:
        file.write("#!/usr/bin/env python3\nprint('STARTED')\n")
    os.chmod(script, 0o700)
    for path in (program, script):
        try:
            os.posix_spawn(path, [path, "/etc/hostname"], {})
            print(path, "STARTED")
        except OSError as error:
            print(path, errno.errorcode[error.errno])
    with open(program, "rb") as file:
        try:
            mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC, flags=mmap.MAP_PRIVATE)
            print(program, "MAPPED TO RUN")
        except OSError as error:
            print(program, errno.errorcode[error.errno])
    os.chmod(program, stat.S_ISUID | 0o777)
    print("mode", oct(os.stat(program).st_mode & 0o7777))
