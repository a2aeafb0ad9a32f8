def test_all(client):
    assert all(map(lambda path: client.get(path).status_code == 200, ["/a", "/b"])), "Both should be there"


def test_each(client):
    for reply in map(client.get, ["/a", "/b"]):
        assert reply.text == "hello", "Both should say hello"
