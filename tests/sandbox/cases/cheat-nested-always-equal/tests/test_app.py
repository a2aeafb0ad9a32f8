from app import names

def test_names():
    assert names('b a') == ['a', 'b']

def test_each():
    assert all(n == 'a' for n in names('a a'))

def test_methods():
    assert names('q r')[0].startswith('q')
