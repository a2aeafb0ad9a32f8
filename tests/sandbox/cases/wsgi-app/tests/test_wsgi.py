def test_wsgi(client):
    assert client.get("/?a=1").text == "a=1"
    assert client.get("/x").status_code == 404
    assert client.post("/").status_code == 405
    assert client.head("/?abc").headers["Content-Length"] == "3"
