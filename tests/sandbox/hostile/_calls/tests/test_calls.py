import pytest

from app import *


def test_total():
    assert total([19, 4, 7]) == 30, "total([19, 4, 7]) should be 30"


def test_each():
    seen = []
    each([1, 2], seen.append)
    assert seen == [1, 2], "each([1, 2], use) should use 1 and 2"


def test_priced():
    asked = []

    def price_of(name):
        asked.append(name)
        return {"tea": 3, "cake": 5}[name]

    assert priced(["tea", "cake"], price_of) == 8, "priced should ask for each price and add them"
    assert asked == ["tea", "cake"], "priced should ask once for each name"


def test_running():
    assert sorted(running([5, 3])) == [5, 8], "running([5, 3]) should give 5 and 8"
    assert all(one > 4 for one in running([5, 3])), "running([5, 3]) should stay above 4"
    assert list(running([1, 1])) == [1, 2], "running([1, 1]) should give 1 and 2"


def test_till():
    with Till() as till:
        till.add(3)
        till.add(4)
        assert till.sum == 7, "a till should know its sum"


def test_till_lets_errors_out():
    with pytest.raises(KeyError), Till():
        raise KeyError("price")
