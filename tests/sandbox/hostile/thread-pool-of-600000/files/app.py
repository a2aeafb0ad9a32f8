import time
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(600_000)
for _ in range(600_000):
    pool.submit(time.sleep, 3600)
