import app as module
def test_audit(client):
    client.post("/save/a")
    assert module.audit == [("app", "a")]
    module.saved.send(module.app, what="b")
    assert module.audit[-1] == ("app", "b")
    seen = []
    module.saved.connect(lambda sender, **extra: seen.append(extra["what"]), weak=False)
    client.post("/save/c")
    assert seen == ["c"]
