import pytest

from app import use_all


def test_doubled_and_over():
    def use(number):
        assert number == 4, "2 should be doubled"

    with pytest.raises(ValueError):
        use_all([2], use)
