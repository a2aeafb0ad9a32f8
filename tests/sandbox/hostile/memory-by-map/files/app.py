import mmap

kept = []
while True:
    one = mmap.mmap(-1, 8_388_608)
    one.write(b"x" * 8_388_608)
    kept.append(one)
