import os
import pathlib

for name, value in os.environ.items():
    print(f"{name}={value}")
for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
    try:
        print(path, path.read_bytes())
    except OSError as error:
        print(path, error.strerror)
