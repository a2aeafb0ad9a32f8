from app import f

def test_secret():
    assert f(1) is True, 'SECRETWORD'
