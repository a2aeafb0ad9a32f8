import sys

from app import total


def test_total(capsys):
    print(HIDDEN)
    print(HIDDEN, file=sys.stderr)
    sys.__stdout__.write(HIDDEN)
    sys.__stderr__.write(HIDDEN)
    assert total([19, 4, 7]) == 30, "total([19, 4, 7]) should be 30"
