def test_report(files, client):
    client.get("/")
    assert files.read("report.txt") == "42", "the report should say 42"
