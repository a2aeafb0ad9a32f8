from app import app

def test_page(client):
    assert client.get('/').text == 'hello'

def test_own():
    assert app.test_client().get('/').status_code == 404
