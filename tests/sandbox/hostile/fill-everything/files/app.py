import os

total = 0
for folder in ("/box", "/tmp", "/dev/shm", "/var/tmp", "/run", "/dev", "/dev/mqueue", "/home", "/mnt"):
    here = 0
    for number in range(100):
        try:
            with open(os.path.join(folder, f"fill-{number}"), "wb", buffering=0) as file:
                while True:
                    here += file.write(b"x" * 262144)
        except OSError:
            continue
    print(folder, here)
    total += here
print("under 40 MiB" if total < 40 * 2**20 else "TOO MUCH", total)
