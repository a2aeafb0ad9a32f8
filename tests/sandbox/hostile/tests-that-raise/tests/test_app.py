from app import total


def test_total():
    assert total([19, 4, 7]) == 30, "total([19, 4, 7]) should be 30"


def test_mistaken():
    assert total([1]) == {}["none"], "total([1]) should be 1"
