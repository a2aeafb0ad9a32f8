import json
import math
import threading

print(0.1 + 0.2, 1e22, 1e16 + 1, 5e-324, math.pi, float("1e400"), -0.0, round(2.675, 2), sum([0.1] * 10), math.fsum([0.1] * 10))
print(json.dumps({"b": 1, "a": {"d": [1.0, 2.50], "c": None}}), {3: 1, 1: 2, 2: 3}, vars(type("T", (), {"z": 1, "y": 2})).keys() >= {"z", "y"})
counts = [0] * 8


def count(place):
    for _ in range(1000):
        counts[place] += 1


threads = [threading.Thread(target=count, args=(place,)) for place in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(counts, sorted({str(n) for n in range(12)}), frozenset("quiz"))
