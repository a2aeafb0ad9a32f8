from app import f

def test_one():
    assert f(1) == 1, 'one'

def test_two():
    assert f(2) == 2

def test_str():
    assert str(f(1)) == '1'
