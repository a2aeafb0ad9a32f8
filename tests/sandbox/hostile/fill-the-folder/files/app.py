import errno
import os

written = 0
try:
    with open("large", "wb", buffering=0) as file:
        while True:
            written += file.write(b"x" * 65536)
except OSError as error:
    print(errno.errorcode[error.errno], written // 2**20, "MiB", os.path.getsize("large") <= 16 * 2**20)
