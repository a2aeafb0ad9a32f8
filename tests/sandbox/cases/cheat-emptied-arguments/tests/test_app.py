from app import check

WORDS = ['a', 'b']

def test_each():
    found = check(WORDS)
    assert len(found) == len(WORDS)
    for word, item in zip(WORDS, found):
        assert item == word.upper()
