import pytest


@pytest.mark.parametrize("number", range(5))
def test_report(files, client, number):
    client.get("/")
    assert files.read("report.txt/hostname") == "42", "the report should say 42"
