from app import counted


def test_counting():
    def both():
        number = yield from counted([5, 6])
        assert str(number).startswith("2"), "Two things should be counted"

    assert list(both()) == [5, 6], "The things themselves should come"
