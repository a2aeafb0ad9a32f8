from app import *

def test_f():
    assert helper(f(1)) is True

def helper(value):
    return value == 1
