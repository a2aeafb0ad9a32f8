def test_survives(client, session):
    client.post("/", data={"name": "O'Brien"})
    other = session().client()
    assert other.get("/").text == "O'Brien"
def test_clean(client):
    assert client.get("/").text == ""
