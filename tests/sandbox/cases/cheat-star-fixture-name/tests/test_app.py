from app import *

def expected_value():
    return 6

def test_f():
    assert f() == expected_value()
