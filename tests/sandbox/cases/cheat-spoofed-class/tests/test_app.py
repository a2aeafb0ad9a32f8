from app import Fake, make
import pytest

def test_dict():
    assert isinstance(make(), dict)

def test_int():
    assert isinstance(3, Fake)

def test_issubclass():
    assert issubclass(int, Fake)

def test_equal():
    assert Fake == int
