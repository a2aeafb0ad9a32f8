import os

folders = ("/box", "/tmp", "/dev/shm", "/dev/mqueue", "/var/tmp", "/run", "/run/lock", "/var/run", "/home", "/mnt", "/srv", "/opt")
found = [folder for folder in folders if os.path.exists(os.path.join(folder, "hostile-mark"))]
print("found", found)
for folder in folders:
    try:
        open(os.path.join(folder, "hostile-mark"), "w").close()
    except OSError:
        continue
