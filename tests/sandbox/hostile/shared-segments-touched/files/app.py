import ctypes

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
taken = 0
while True:
    segment = libc.shmget(0, 8_388_608, 0o1600)
    if segment < 0:
        print("refused after", taken)
        break
    place = libc.shmat(segment, None, 0)
    if place in (None, ctypes.c_void_p(-1).value):
        print("not attached after", taken)
        break
    ctypes.memset(place, 120, 8_388_608)
    taken += 8_388_608
