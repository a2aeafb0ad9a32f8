from app import create_app


def test_the_price_is_told(make_client):
    def notify(cents):
        assert cents == 10, "Five should cost 10"

    reply = make_client(create_app(notify)).get("/buy/5")
    assert reply.status_code == 200, "GET /buy/5 should be 200"
    assert reply.json == {"cents": 10}, "GET /buy/5 should tell 10 cents"
