import pytest

from app import Refused, check


def test_without_a_name():
    with pytest.raises(Refused) as caught:
        check({})
    assert caught.value.reason.endswith("required"), "The reason should say that the name is required"
