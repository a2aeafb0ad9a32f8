from calc import *

def test_names():
    assert add(1, 2) == 3
    assert sub(5, 2) == 3
    assert LIMIT == 10
    assert isinstance(Thing(), Thing)
    assert sqrt(9) == 3.0
    assert "_hidden" not in globals()
