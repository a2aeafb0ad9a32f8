import pytest
from app import total


@pytest.mark.parametrize("number", range(8))
def test_room(number):
    assert total([]) == "room for 902 names", "each session has the whole room again"
