import pytest
import app as module

def test_streams(client):
    reply = client.get("/csv?sep=;")
    assert reply.status_code == 200
    chunks = reply.iter_encoded()
    assert next(chunks) == b"0;0\n"
    assert len(module.pulled) <= 2, "the first line should come before the source is read to its end"
    assert b"".join(chunks) == b"1;1\n2;4\n3;9\n4;16\n"

def test_whole(client):
    assert client.get("/csv").text.splitlines() == ["0,0", "1,1", "2,4", "3,9", "4,16"]

def test_broken(client):
    with pytest.raises(ValueError):
        client.get("/broken").get_data()

def test_closed_in_the_middle(client):
    reply = client.get("/endless")
    assert next(reply.iter_encoded()) == b"more"
    reply.close()
    assert module.pulled == ["closed"], "a client that goes away should close the body"
