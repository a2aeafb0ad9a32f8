import errno
import os

number = 0
try:
    while number < 1000:
        if os.fork() == 0:
            os._exit(0)
        number += 1
except OSError as error:
    print(errno.errorcode[error.errno], "few" if number < 64 else "MANY")
