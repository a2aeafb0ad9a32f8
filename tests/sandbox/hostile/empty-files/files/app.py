import errno

number = 0
try:
    while True:
        open(f"file-{number}", "w").close()
        number += 1
except OSError as error:
    print(errno.errorcode[error.errno], "after", number)
