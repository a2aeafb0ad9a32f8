from app import f

def test_one():
    assert f(1) == 1
