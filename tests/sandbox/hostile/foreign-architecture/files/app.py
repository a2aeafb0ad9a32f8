import ctypes
import mmap
import platform
import sys

if platform.machine() != "x86_64":
    print("this machine has no such door: refused")
    sys.exit()
room = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
# mov eax, 20 (getpid); int 0x80; ret
room.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(room)))
got = call()
print("refused" if got < 0 else "ANSWERED", got)
