import time
import pool

def test_callbacks_from_threads():
    assert pool.run_all(lambda n: n * n, [1, 2, 3, 4, 5]) == [1, 4, 9, 16, 25]
    seen = []
    pool.later(seen.append)
    assert seen == ["late"]

def test_background():
    pool.background()
    for _ in range(50):
        if pool.started:
            break
        time.sleep(0.01)
    assert pool.started == [1]
