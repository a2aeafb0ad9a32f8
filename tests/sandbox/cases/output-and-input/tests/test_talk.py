import contextlib
import io
import unittest
from unittest import mock
import pytest
from talk import ask, complain, hello, mode, old, record

def test_capsys(capsys):
    hello("Ann")
    complain()
    captured = capsys.readouterr()
    assert captured.out == "Hello, Ann\n"
    assert captured.err == "bad\n"

def test_redirect():
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        hello("Bo")
    assert out.getvalue() == "Hello, Bo\n"

def test_output_fixture(output):
    hello("Cy")
    assert output.stdout == "Hello, Cy\n"

def test_input(monkeypatch):
    monkeypatch.setattr("builtins.input", lambda prompt="": "typed")
    assert ask() == "got typed"

def test_warning():
    with pytest.warns(DeprecationWarning, match="use new"):
        assert old() == 1

def test_logs(logs):
    record()
    assert logs.messages == ["careful now"]
    assert logs[0].levelname == "WARNING"

def test_environment(monkeypatch):
    monkeypatch.setenv("TALK_MODE", "loud")
    assert mode() == "loud"

def test_environment_is_clean_again():
    assert mode() == "none"

def test_at_import(session):
    assert session(env={"TALK_MODE": "early"}).load("talk").AT_IMPORT == "early"
    assert session().load("talk").AT_IMPORT == "none"

class TalkTest(unittest.TestCase):
    @mock.patch("sys.stdout", new_callable=io.StringIO)
    def test_mocked(self, out):
        hello("Di")
        self.assertEqual(out.getvalue(), "Hello, Di\n")
    @mock.patch("builtins.input", side_effect=["a", "b"])
    def test_inputs(self, _):
        self.assertEqual([ask(), ask()], ["got a", "got b"])
