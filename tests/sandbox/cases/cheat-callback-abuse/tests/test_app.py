from app import each

def test_each():
    seen = []
    each(seen.append, [1, 2])
    assert seen == [1, 2]

def test_underscore():
    class Sink:
        _secret = 1
        def write(self, text): self.text = text
    from quizapp_testing import expose
    each(expose(Sink(), 'write'), [])
