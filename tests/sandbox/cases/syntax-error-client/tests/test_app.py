def test_f(client):
    assert client.get('/').status_code == 404
