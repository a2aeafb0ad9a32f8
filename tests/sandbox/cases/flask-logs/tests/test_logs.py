def test_info(client, logs):
    client.post("/signup", data={"name": "ann\nevil", "password": "pw"})
    assert [(r.levelname, r.getMessage()) for r in logs] == [("INFO", "signup ann\\nevil")]
    assert "pw" not in logs.text
def test_traceback(client, logs):
    assert client.get("/boom").status_code == 500
    (record,) = logs.records
    assert record.levelname == "ERROR"
    assert "KeyError" in record.exc_text
