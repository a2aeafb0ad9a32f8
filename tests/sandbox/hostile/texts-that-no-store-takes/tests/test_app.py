from app import total


def test_raising():
    assert total([1]) == 1, "total([1]) should be 1"


def test_message():
    assert total([]) == 0, f"total([]) should be 0, not {total([])}"


def test_page(client):
    reply = client.get("/total")
    assert reply.text == "0", f"the page should say 0, not {reply.text}"
