"""Answers that know nothing of the question: no hidden test may take one of them for a solution.

A cheat defines every name that the reference solution defines, each as the same thing that agrees with whatever it
is asked. Objects (one that says yes to everything, None, ...) may pass no test at all. What repeats constants (the
arguments, a value out of the samples, one status for every request) may pass a sample, which shows its answer
anyhow, but no hidden test.
"""

from __future__ import annotations

import ast
import http
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quizapp.questions.schema import CodeQuestion

MOST_CONSTANTS = 3
APPLICATION_NAMES = frozenset({"app", "application"})
STATUSES = tuple(status.value for status in http.HTTPStatus)
FACTORY_NAMES = frozenset({"create_app", "make_app"})


@dataclass(frozen=True)
class Cheat:
    """One set of files in place of a solution. `spares_samples`: it may pass tests that the candidate can read."""

    title: str
    files: Mapping[str, str]
    spares_samples: bool


YES = """
class Yes:
    def __call__(self, *args, **kwargs):
        return self

    def __getattr__(self, name):
        return self

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __lt__(self, other):
        return True

    __le__ = __gt__ = __ge__ = __contains__ = __lt__

    def __hash__(self):
        return 1

    def __bool__(self):
        return True

    def __len__(self):
        return 1

    def __iter__(self):
        return iter([self])

    def __getitem__(self, key):
        return self

    def __setitem__(self, key, value):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return True

    def __add__(self, other):
        return other

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __add__

    def __str__(self):
        return "yes"

    def __int__(self):
        return 1

    __index__ = __int__


THING = Yes()
"""

EQUAL_CLASS = """
class Equal(type):
    def __eq__(cls, other):
        return True

    def __hash__(cls):
        return 1

    def __instancecheck__(cls, instance):
        return True

    def __subclasscheck__(cls, subclass):
        return True


class THING(metaclass=Equal):
    def __init__(self, *args, **kwargs):
        pass

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1
"""

ECHO = """
def THING(*args, **kwargs):
    given = [*args, *kwargs.values()]
    return given[0] if len(given) == 1 else given
"""

APPLICATION = """
import json
from urllib.parse import parse_qs


def application_of_the_cheat(environ, start_response):
    {body}
    start_response({status!r}, {headers!r})
    return [body]


def factory_of_the_cheat(*args, **kwargs):
    return application_of_the_cheat
"""

ECHO_BODY = """
    size = int(environ.get("CONTENT_LENGTH") or 0)
    query = {key: values[0] for key, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
    sent = environ["wsgi.input"].read(size).decode("utf-8", "replace")
    try:
        body = json.dumps(json.loads(sent)).encode()
    except ValueError:
        form = {key: values[0] for key, values in parse_qs(sent).items()}
        body = json.dumps({"path": environ.get("PATH_INFO", ""), **query, **form}).encode()
"""


def cheats(question: CodeQuestion) -> Iterator[Cheat]:
    """Every cheat that fits the question."""
    parts = _Parts(question)
    for title, source in _objects():
        yield parts.cheat(title, source, spares_samples=False)
    for name in _named_exceptions(question.tests) or ("Exception",):
        source = f"def THING(*args, **kwargs):\n    raise {name}('always')\n"
        yield parts.cheat(f"always raising {name}", source, spares_samples=False)
    yield parts.cheat("giving back its arguments", ECHO, spares_samples=True)
    constants = _constants(question.samples)
    for value in constants:
        source = f"def THING(*args, **kwargs):\n    return {value!r}\n"
        yield parts.cheat(f"always giving {value!r:.60}", source, spares_samples=True)
    if parts.has_application:
        for title, source in _applications(constants):
            yield parts.cheat(title, source, spares_samples=True)


def _objects() -> Iterator[tuple[str, str]]:
    yield "an object that says yes to everything", YES
    yield "a class equal to anything", EQUAL_CLASS
    yield "None", "THING = None\n"
    yield "functions that give None", "def THING(*args, **kwargs):\n    return None\n"
    yield "functions that give an empty list", "def THING(*args, **kwargs):\n    return []\n"
    yield "functions that give an empty text", "def THING(*args, **kwargs):\n    return ''\n"


def _applications(constants: Sequence[Any]) -> Iterator[tuple[str, str]]:
    html = [("Content-Type", "text/html; charset=utf-8")]
    json_type = [("Content-Type", "application/json")]
    yield "answering every request with an empty 200", _application(200, "body = b''", html)
    for status in (400, 401, 404):
        yield f"answering every request with {status}", _application(status, "body = b'{}'", json_type)
    yield (
        "redirecting every request to /",
        _application(303, "body = b''", [*html, ("Location", "/")]),
    )
    yield "echoing every request as JSON", _application(200, ECHO_BODY.strip(), json_type)
    for value in constants:
        text = value if isinstance(value, str) else None
        body = f"body = {text!r}.encode()" if text is not None else f"body = json.dumps({value!r}).encode()"
        yield (
            f"answering every request with {value!r:.60}",
            _application(200, body, json_type if text is None else html),
        )


def _application(status: int, body: str, headers: list[tuple[str, str]]) -> str:
    line = f"{status} {http.HTTPStatus(status).phrase}"
    return APPLICATION.format(body=body, status=line, headers=headers)


class _Parts:
    """The Python files of a solution and the names in them, which a cheat gives another meaning."""

    def __init__(self, question: CodeQuestion) -> None:
        self.files = question.solved_files()
        self.names = {path: _defined(text) for path, text in self.files.items() if path.endswith(".py")}
        all_names = {name for names in self.names.values() for name in names}
        self.has_application = bool(all_names & (APPLICATION_NAMES | FACTORY_NAMES))

    def cheat(self, title: str, source: str, *, spares_samples: bool) -> Cheat:
        changed = {path: f"{source}\n{self._bound(source, names)}" for path, names in self.names.items()}
        return Cheat(title, {**self.files, **changed}, spares_samples)

    def _bound(self, source: str, names: Sequence[str]) -> str:
        is_application = "application_of_the_cheat" in source
        lines = []
        for name in names:
            thing = "THING"
            if is_application:
                thing = "factory_of_the_cheat" if name in FACTORY_NAMES else "application_of_the_cheat"
            lines.append(f"{name} = {thing}")
        return "\n".join(lines) + "\n"


def _defined(text: str) -> tuple[str, ...]:
    """The public names that a module binds at its top level, imported ones aside."""
    names: dict[str, None] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names[node.name] = None
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {
                part.id: None for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)
            }
    return tuple(names)


def _named_exceptions(tests: Mapping[str, str]) -> tuple[str, ...]:
    """The built-in exceptions that the tests expect, by `raises` or `except`."""
    names: dict[str, None] = {}
    for text in tests.values():
        for node in ast.walk(ast.parse(text)):
            wanted: ast.expr | None = None
            if isinstance(node, ast.ExceptHandler):
                wanted = node.type
            elif (
                isinstance(node, ast.Call) and node.args and ast.unparse(node.func).lower().endswith("raises")
            ):
                wanted = node.args[0]
            if wanted is not None:
                names |= dict.fromkeys(re.findall(r"\b[A-Z]\w*(?:Error|Exception)\b", ast.unparse(wanted)))
    builtin = vars(__import__("builtins"))
    return tuple(name for name in names if isinstance(builtin.get(name), type))[:MOST_CONSTANTS]


def _constants(samples: Mapping[str, str]) -> list[Any]:
    """Values that samples compare something with, the first few: what a candidate would copy."""
    found: list[Any] = []
    for text in samples.values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq):
                value = _literal(node.comparators[0])
                if value is not None and value not in STATUSES and value not in found:
                    found.append(value)
    return found[:MOST_CONSTANTS]


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None
