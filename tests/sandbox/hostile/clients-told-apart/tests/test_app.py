def test_visitors_have_their_own_cart(client, make_client):
    other = make_client()
    client.post("/cart/pen")
    other.post("/cart/cup")
    assert client.get("/cart").json == {"pen": 1}, "The first visitor should have one pen"
    assert other.get("/cart").json == {"cup": 1}, "The second visitor should have a cup"
