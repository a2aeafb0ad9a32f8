import time

from app import length


def test_length():
    assert length("") == 0, "length of nothing should be 0"
    time.sleep(0.2)
    for _ in range(4):
        assert length("x" * 900_000) == 900_000, "length should count every character"
