from app import f
import pytest

def test_one():
    assert f(1) == 1

def test_raises():
    with pytest.raises(Exception):
        f(-1)

def test_base():
    with pytest.raises(BaseException):
        f(-2)
