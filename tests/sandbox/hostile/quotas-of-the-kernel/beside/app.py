import ctypes
import os
import signal
import time

libc = ctypes.CDLL(None, use_errno=True)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN})
deadline = time.monotonic() + 1.5
timer = ctypes.c_int()
while time.monotonic() < deadline:
    watcher = libc.inotify_init()
    assert watcher >= 0, ctypes.get_errno()
    os.close(watcher)
    assert libc.timer_create(1, None, ctypes.byref(timer)) == 0
    assert libc.sigqueue(os.getpid(), int(signal.SIGRTMIN), 0) == 0
    time.sleep(0.02)
print("had enough")
