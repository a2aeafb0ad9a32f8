import ctypes
import errno
import os
import signal
import time

libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"watchers": (294, 26, 0), "epolls": (291, 20, 0), "events": (290, 19, 0, 0), "timer files": (283, 85, 1, 0), "signal files": (289, 74, -1, (ctypes.c_uint64 * 1)(), 8, 0)}
is_arm = os.uname().machine == "aarch64"
for what, (intel, arm, *words) in NUMBERS.items():
    kept = []
    while len(kept) < 2000 and (fd := libc.syscall(arm if is_arm else intel, *words)) >= 0:
        kept.append(fd)
    print(what, "few" if len(kept) < 130 else "MANY", errno.errorcode.get(ctypes.get_errno()))
    if what != "watchers":
        for fd in kept:
            os.close(fd)
    else:
        for fd in kept[:-20]:
            os.close(fd)
timer = ctypes.c_int()
timers = 0
while timers < 100_000 and libc.timer_create(1, None, ctypes.byref(timer)) == 0:
    timers += 1
print("timers", timers)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN})
queued = 0
while queued < 200_000 and libc.sigqueue(os.getpid(), int(signal.SIGRTMIN), 0) == 0:
    queued += 1
print("queued signals", queued)
time.sleep(1)
