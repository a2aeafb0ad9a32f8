import pytest

from app import OutOfStock, buy


def bought(count):
    paid = buy(count)
    assert paid == 7, "It should have been refused"
    return paid


def test_too_many():
    with pytest.raises(OutOfStock):
        bought(4)
