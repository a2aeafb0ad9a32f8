from app import total


def test_callback():
    assert total(lambda number: number) == 1, "total should give what the function gives"
