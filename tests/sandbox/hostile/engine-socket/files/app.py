import os
import stat

found, devices = [], []
for folder, folders, files in os.walk("/"):
    if folder == "/":
        folders[:] = [name for name in folders if name not in ("proc", "sys")]
    for name in (*files, *folders):
        path = os.path.join(folder, name)
        try:
            mode = os.lstat(path).st_mode
        except OSError:
            continue
        if stat.S_ISSOCK(mode):
            found.append(path)
        if stat.S_ISBLK(mode) or (stat.S_ISCHR(mode) and not path.startswith("/dev/")):
            devices.append(path)
print("sockets", found)
print("devices", devices)
print("character devices", sorted(os.listdir("/dev")))
# The engine itself lays three small files about names over the tree, read only; nothing else of the host is mounted.
binds = []
for line in open("/proc/self/mountinfo"):
    words = line.split()
    if words[3] != "/" and not words[4].startswith(("/proc", "/sys", "/dev")):
        binds.append((words[4], words[5].split(",")[0]))
print("binds", sorted(binds))
