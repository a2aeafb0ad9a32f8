from app import names

def test_methods():
    assert names('q')[0].startswith('q')
