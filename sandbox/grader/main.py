"""The grader: a parent with pytest imported and warm, which never sees a test, and a forked process for each run."""

from __future__ import annotations

import contextlib
import importlib
import os
import tempfile
from pathlib import Path

from sandbox import shortcut
from sandbox.grader.children import Children, RunOne

OPTIONS = (
    "-q", "--tb=no", "--no-header", "--no-summary", "--show-capture=no", "-p", "no:cacheprovider", "-p", "no:stepwise",
    "-p", "no:junitxml", "-p", "no:pastebin", "-p", "no:doctest", "-p", "no:faulthandler", "-p", "no:setuponly",
    "-p", "no:setupplan", "-p", "no:tmpdir", "-p", "no:warnings", "-p", "no:unraisableexception",
    "-p", "no:threadexception", "-p", "no:legacypath", "-p", "no:logging", "--capture=no", "--import-mode=prepend",
    "--strict-config",
)  # fmt: skip
INI = "[pytest]\npython_files = test_*.py *_test.py tests.py *_tests.py\n"
WARM_MODULES = (
    "flask", "flask.testing", "werkzeug.test", "werkzeug.exceptions", "werkzeug.routing.exceptions", "jinja2.exceptions",
    "click.exceptions", "itsdangerous.exc", "unittest.mock", "sqlite3", "json", "csv", "random", "decimal", "fractions",
    "datetime", "zoneinfo", "uuid", "asyncio", "threading", "concurrent.futures", "http", "textwrap", "importlib", "inspect",
    "html.parser", "xml.etree.ElementTree", "zipfile", "email", "smtplib", "urllib.error", "ssl", "socket", "subprocess",
    "configparser", "statistics", "dataclasses", "queue", "multiprocessing", "shutil", "tempfile", "struct", "pickle",
    "sqlalchemy.exc", "wtforms.validators",
)  # fmt: skip
WARM_TEST = """
import unittest
import pytest

@pytest.fixture
def number():
    return 1

@pytest.mark.parametrize("value", [1, 2])
def test_value(value, number, monkeypatch):
    assert value >= number
    with pytest.raises(ZeroDivisionError, match="zero"):
        1 / 0

def test_failing():
    assert {"a": [1, 2]} == {"a": [1, 3]}, "a message"

class SomeTest(unittest.TestCase):
    def setUp(self):
        self.value = 1

    def test_equal(self):
        with self.subTest(1):
            self.assertEqual(self.value, 1)
        with self.assertRaises(ValueError) as caught:
            raise ValueError("x")
        self.assertEqual(caught.exception.args[0], "x")
"""


def main() -> None:
    """Warm up; then serve runs, each in a process of its own, for ever."""
    receiving, sending = _move_streams()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in WARM_MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    import pytest  # noqa: F401, PLC0415

    from sandbox.grader import running  # noqa: PLC0415 - pytest is slow to import; nobody else pays for it

    with tempfile.TemporaryDirectory(prefix="warm-") as folder:
        running.warm_up(Path(folder), WARM_TEST)

    def serve(run_one: RunOne) -> None:
        with contextlib.suppress(EOFError):
            Children(run_one, *shortcut.offered(receiving, sending)).serve()

    running.start_pytest(serve)


def _move_streams() -> tuple[int, int]:
    """Put the broker's stream where nothing that prints or reads can reach it by accident."""
    receiving, sending = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return receiving, sending


if __name__ == "__main__":
    main()
