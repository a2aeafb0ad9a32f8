from app import ITEMS, TABLE, add, size
def test_both_ways():
    add(5)
    assert ITEMS == [1, 5] and TABLE == {5: 2}
    ITEMS.clear()
    assert size() == 0
    add(7)
    assert ITEMS == [7]
def test_fresh():
    assert ITEMS == [1] and size() == 1 and TABLE == {}
    ITEMS.append(2)
    TABLE["k"] = 1
    assert size() == 2
