from app import total, names
import math

def test_sum():
    assert sum([total([1]), 1]) == 2

def test_difference():
    assert abs(total([3]) - 3) < 1e-9

def test_isclose():
    assert math.isclose(total([3]), 3)

def test_sorted_in():
    assert 4 in names('a')

def test_ordering():
    assert 1 < total([1]) < 3
