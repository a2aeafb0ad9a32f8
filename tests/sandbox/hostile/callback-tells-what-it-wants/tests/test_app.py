from app import notify


def test_ann():
    sent = []

    def send(to, text):
        assert text == "Dear Ann, your order has been sent.", "The letter to ann"
        sent.append(to)

    notify(send, "ann")
    assert sent == ["ann"], "ann should get one letter"
