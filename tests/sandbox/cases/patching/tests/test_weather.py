from unittest import mock
import pytest
import weather
from quizapp_testing import expose

def test_monkeypatch(monkeypatch):
    monkeypatch.setattr(weather, "fetch", lambda city: "sunny")
    monkeypatch.setattr(weather.time, "time", lambda: 42.0)
    assert weather.report("Oslo") == "Oslo: sunny at 42"

def test_undone():
    with pytest.raises(RuntimeError):
        weather.report("Oslo")

def test_mock_patch():
    with mock.patch("weather.fetch", return_value="rain") as fetch:
        assert weather.report("Rome").startswith("Rome: rain")
    fetch.assert_called_once_with("Rome")
    with mock.patch.object(weather.service, "get", return_value="fake"):
        assert weather.use() == "fake"
    assert weather.use() == "real x"

def test_mock_object():
    client = mock.Mock(spec=["get"])
    client.get.return_value = 5
    assert weather.take(client) == 5
    client.get.assert_called_once_with("k", timeout=3)

def test_exposed_fake():
    class Sink:
        closed = False
        def __init__(self): self.lines = []
        def write(self, text): self.lines.append(text)
    sink = Sink()
    assert weather.write_to(expose(sink, "write", "closed")) is False
    assert sink.lines == ["a", "b"]
