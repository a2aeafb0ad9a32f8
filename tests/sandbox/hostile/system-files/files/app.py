import errno
import os

READ = (
    "/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/root/.bashrc", "/root/.ssh/id_rsa", "/proc/1/environ", "/proc/1/mem",
    "/proc/1/maps", "/proc/1/auxv", "/proc/1/stack", "/proc/1/syscall", "/proc/kcore", "/proc/kmsg", "/proc/keys", "/proc/sched_debug",
    "/proc/timer_list", "/proc/latency_stats", "/dev/mem", "/dev/kmsg", "/dev/port", "/dev/sda", "/dev/vda", "/sys/kernel/debug",
    "/sys/firmware/dmi/tables/DMI", "/var/lib/docker", "/run/secrets", "/proc/1/root/etc/shadow", "/proc/1/cwd/app.py", "@HOST_FILE@",
    "/proc/1/root@HOST_FILE@",
)
for path in READ:
    try:
        with open(path, "rb") as file:
            content = file.read(256)
        print(path, "READ" if content else "is empty")
    except OSError as error:
        print(path, errno.errorcode[error.errno])
for folder in ("/root", "/proc/1/fd", "/proc/1/cwd/", "/sys/firmware"):
    try:
        print(folder, "LISTED" if os.listdir(folder) else "is empty")
    except OSError as error:
        print(folder, errno.errorcode[error.errno])
try:
    with open("/proc/sysrq-trigger", "w") as file:
        file.write("h")
    print("sysrq WRITTEN")
except OSError as error:
    print("sysrq", errno.errorcode[error.errno])
