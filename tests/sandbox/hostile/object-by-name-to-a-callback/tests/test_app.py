from app import Account


def test_paying_in_is_told():
    told = []

    def notify(kind, text):
        assert "30" in text, "The text should say how much"
        told.append(kind)

    Account(notify).pay_in(30)
    assert told == ["in"], "It should be told once"
