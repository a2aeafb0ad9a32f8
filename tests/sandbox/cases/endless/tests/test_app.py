from app import f

def test_f():
    assert f() == 1

def test_other():
    assert f.__name__ == 'f'
