import pytest

from app import Bank


def test_what_failed_is_taken_back():
    bank = Bank()
    with pytest.raises(ZeroDivisionError):
        with bank.transaction():
            bank.pay("ann", 5)
            assert bank.balance("ann") == 5, "Inside of the transaction ann should have 5"
            1 / 0
    assert bank.balance("ann") == 0, "Afterwards ann should have 0"
