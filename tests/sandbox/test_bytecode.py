"""Modules whose code is read from a table are what they are when they are imported as ever."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.candidate import bytecode
from sandbox.client import BrokerClient
from sandbox.protocol import Program

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("werkzeug.routing", "jinja2", "click", "decimal")
WRITE = f"""
import sys
from sandbox.candidate import bytecode
import {", ".join(NAMES)}
bytecode.write(sys.argv[1])
"""
LOOK = f"""
import importlib, json, sys, types
from importlib.machinery import SourceFileLoader
from sandbox.candidate.bytecode import AtHand

def told(code):
    return [code.co_name, code.co_code.hex(), list(code.co_lines()), list(code.co_positions()), repr(code.co_exceptiontable),
            [told(one) if isinstance(one, types.CodeType) else sorted(map(repr, one)) if isinstance(one, frozenset) else repr(one)
             for one in code.co_consts]]

before = list(sys.meta_path)
with AtHand(sys.argv[1]):
    for name in {NAMES!r}:
        importlib.import_module(name)
assert sys.meta_path == before
seen = {{}}
for name, module in sys.modules.items():
    spec = getattr(module, "__spec__", None)
    if spec and isinstance(spec.loader, SourceFileLoader):
        seen[name] = [module.__file__, module.__cached__, getattr(module, "__path__", None), module.__package__,
                      spec.loader.path, spec.loader.get_source(name)[:40], told(spec.loader.get_code(name))]
from_table = sum(type(module.__spec__.loader).__name__ == "_Loader" for module in sys.modules.values()
                 if getattr(module, "__spec__", None))
importlib.reload(sys.modules["click"])
print(json.dumps([seen, from_table, type(sys.modules["click"].__spec__.loader).__name__]))
"""
IN_A_CONTAINER = """
import inspect, json, flask, flask_login
try:
    flask.Flask(__name__).url_for("nowhere")
except RuntimeError as error:
    line = error.__traceback__.tb_next.tb_frame.f_code.co_filename
print(json.dumps({
    "loader": type(flask.__spec__.loader).__module__, "of the package": type(flask_login.__spec__.loader).__module__,
    "source": inspect.getsource(flask.Flask.url_for).split("(")[0].strip(), "file": flask.__file__, "line": line,
}))
"""


def python(script: str, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-P", "-c", script, *arguments],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bytecode") / "table"
    python(WRITE, str(path))
    return path


def looked(table: Path) -> Any:
    return json.loads(python(LOOK, str(table)))


def test_a_module_of_the_table_is_what_it_is_otherwise(table: Path, tmp_path: Path) -> None:
    usual, none, _ = looked(tmp_path / "missing")
    seen, many, after = looked(table)
    assert seen == usual
    assert (none, after) == (0, "SourceFileLoader")  # once the block is over, files are looked for again
    assert many > len(NAMES)


@pytest.mark.parametrize("length", [0, 5, bytecode.HEAD, bytecode.HEAD + 100])
def test_a_table_that_is_broken_is_none(table: Path, tmp_path: Path, length: int) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(table.read_bytes()[:length])
    _, many, _ = looked(broken)
    assert many == 0


@pytest.mark.docker
@pytest.mark.parametrize("preload", [(), ("flask_login",)])
def test_programs_find_modules_with_their_source_and_their_lines(
    client: BrokerClient, preload: tuple[str, ...]
) -> None:
    seen = json.loads(client.run(Program(files={"app.py": IN_A_CONTAINER}, preload=preload)).stdout)
    assert seen["loader"] == "sandbox.candidate.bytecode"
    assert seen["source"] == "def url_for"
    assert seen["file"] == "/opt/quizapp/site/flask/__init__.py"
    assert seen["line"] == "/opt/quizapp/site/flask/app.py"
