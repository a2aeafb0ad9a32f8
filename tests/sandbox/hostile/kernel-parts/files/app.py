import ctypes
import errno
import platform

libc = ctypes.CDLL(None, use_errno=True)
IS_ARM = platform.machine() == "aarch64"


def attempt(name, intel, arm, *words):
    number = arm if IS_ARM else intel
    if number is None:
        return
    got = libc.syscall(number, *words)
    print(name, "SUCCEEDED" if got >= 0 else errno.errorcode[ctypes.get_errno()])

room = (ctypes.c_uint64 * 64)()
for name, intel, arm, *words in (
    ("bpf", 321, 280, 0, room, 128),
    ("perf_event_open", 298, 241, room, 0, -1, -1, 0),
    ("userfaultfd", 323, 282, 0),
    ("io_uring_setup", 425, 425, 8, room),
    ("name_to_handle_at", 303, 264, -100, b"/", room, room, 0),
    ("open_by_handle_at", 304, 265, -100, room, 0),
    ("memfd_create", 319, 279, b"x", 0),
    ("init_module", 175, 105, room, 8, b""),
    ("finit_module", 313, 273, 0, b"", 0),
    ("delete_module", 176, 106, b"x", 0),
    ("kexec_load", 246, 104, 0, 0, None, 0),
    ("iopl", 172, None, 3),
    ("ioperm", 173, None, 0x80, 1, 1),
    ("swapon", 167, 224, b"/tmp/x", 0),
    ("reboot", 169, 142, 0xFEE1DEAD, 672274793, 0, None),
    ("settimeofday", 164, 170, room, None),
    ("clock_settime", 227, 112, 0, room),
    ("adjtimex", 159, 171, room),
    ("sethostname", 170, 161, b"x", 1),
    ("setdomainname", 171, 162, b"x", 1),
    ("acct", 163, 89, b"/tmp/x"),
    ("syslog", 103, 116, 3, room, 8),
    ("quotactl", 179, 60, 0, None, 0, None),
    ("fanotify_init", 300, 262, 0, 0),
    ("lookup_dcookie", 212, 18, 0, room, 8),
    ("personality", 135, 92, 0x0040000),
    ("modify_ldt", 154, None, 0, room, 8),
    ("vmsplice", None, None),
    ("move_pages", 279, 239, 1, 0, None, None, None, 0),
    ("mbind", 237, 235, room, 8, 1, None, 0, 0),
    ("set_mempolicy", 238, 237, 1, None, 0),
    ("process_madvise", 440, 440, 0, None, 0, 0, 0),
    ("vhangup", 153, 58),
):
    attempt(name, intel, arm, *words)
