from app import names

def test_length():
    assert len(names('a b c')) == 3
