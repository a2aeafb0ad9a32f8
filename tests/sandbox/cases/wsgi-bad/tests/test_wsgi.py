def test_wsgi(client):
    assert client.get('/').status_code == 200
