from app import total


def test_total():
    assert total([19, 4, 7]) == 30, "total([19, 4, 7]) should be 30"


def test_total_of_nothing():
    assert total([]) == 0, "total([]) should be 0"


def test_page(client):
    reply = client.get("/total?price=8&price=5")
    assert reply.status_code == 200, "GET /total should be answered with 200"
    assert reply.text == "13", "GET /total?price=8&price=5 should say 13"
