from app import *

def test_order():
    assert sorted(order([3, 1, 2])) == [1, 2, 3]
    assert len([]) == 0
