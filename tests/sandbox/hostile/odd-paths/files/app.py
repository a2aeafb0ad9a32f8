import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
for name, path in (
    ("long", "a" * 5000),
    ("deep", "a/" * 3000),
    ("no text", b"\xaa\xff"),
    ("zero", "a\0b"),
    ("signs", "%s%n%x" * 20),
    ("empty", ""),
    ("spaces", " \t "),
    ("right to left", "\u202egnp.exe"),
    ("half a pair", "\ud800"),
):
    try:
        open(path, "w").close()
        print(name, "made")
    except (OSError, ValueError) as error:
        print(name, type(error).__name__)
for call in ("open", "unlink", "mkdir", "chdir"):
    print(call, getattr(libc, call)(None, 0), errno.errorcode[ctypes.get_errno()])
os.makedirs(b"\xfe\xff/\n/...")
os.chmod(b"\xfe\xff", 0)
print("went on")
