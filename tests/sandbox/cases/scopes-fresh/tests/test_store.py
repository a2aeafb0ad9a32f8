from store import Store
def test_1():
    Store()
    assert Store.made == 1
def test_2():
    Store()
    assert Store.made == 1
