"""A small library of question files, written into a folder and published."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml
from flask import Flask

from quizapp.services import content

_COMMON: dict[str, Any] = {
    "level": "fresher",
    "topic": "routing",
    "difficulty": 2,
    "minutes": 2,
    "points": 4,
    "prompt": "Which one is right?",
    "explanation": "Because the rule says so.",
    "references": ["https://flask.palletsprojects.com/en/stable/quickstart/"],
    "covers": ["rm-routing"],
}


def choice(id_: str, **changes: Any) -> dict[str, Any]:
    """A choice question: the second of three options is right."""
    options = [
        {"text": "Wrong one", "reason": "It is not so."},
        {"text": "Right one", "correct": True, "reason": "It is so."},
        {"text": "Wrong two", "reason": "Not so either."},
    ]
    return (
        _COMMON
        | {
            "id": id_,
            "title": f"Title of {id_}",
            "kind": "choice",
            "select": "one",
            "options": options,
        }
        | changes
    )


def text(id_: str, **changes: Any) -> dict[str, Any]:
    """A question that wants `url_for`; `redirect` is a near miss."""
    near = [{"answer": "redirect", "note": "That one needs an address already."}]
    return (
        _COMMON
        | {
            "id": id_,
            "title": f"Title of {id_}",
            "kind": "text",
            "accept": ["url_for"],
            "near_misses": near,
        }
        | changes
    )


def output(id_: str, **changes: Any) -> dict[str, Any]:
    """A question about what `print(6 * 7)` prints."""
    return (
        _COMMON
        | {
            "id": id_,
            "title": f"Title of {id_}",
            "kind": "output",
            "program": "print(6 * 7)\n",
            "expected": "42",
        }
        | changes
    )


def bug(id_: str, **changes: Any) -> dict[str, Any]:
    """A program whose second line is wrong."""
    return (
        _COMMON
        | {
            "id": id_,
            "title": f"Title of {id_}",
            "kind": "bug",
            "program": "number = 6\nprint(number * 8)\n",
            "faulty": [{"line": 2, "reason": "It should be 7."}],
            "near_misses": [{"line": 1, "reason": "Six is right."}],
            "fixed": "number = 6\nprint(number * 7)\n",
        }
        | changes
    )


def free(id_: str, **changes: Any) -> dict[str, Any]:
    """A question that a person grades: three points for what, one for why."""
    rubric = [
        {"title": "Says what", "points": 3, "description": "The name of it."},
        {"title": "Says why", "points": 1, "description": "A reason."},
    ]
    return (
        _COMMON
        | {
            "id": id_,
            "title": f"Title of {id_}",
            "kind": "free",
            "rubric": rubric,
            "model_answer": "The canary of model answers.",
        }
        | changes
    )


def order(id_: str, **changes: Any) -> dict[str, Any]:
    """Three lines in order, and one that does not belong."""
    return (
        _COMMON
        | {
            "id": id_,
            "title": f"Title of {id_}",
            "kind": "order",
            "lines": ["from flask import Flask", "app = Flask(__name__)", "app.run()"],
            "distractors": [{"text": "import django", "reason": "Another framework."}],
        }
        | changes
    )


def code(id_: str, **changes: Any) -> dict[str, Any]:
    """A question that wants `double` written."""
    return (
        _COMMON
        | {
            "id": id_,
            "title": f"Title of {id_}",
            "kind": "code",
            "points": 10,
            "files": {"app.py": "def double(number):\n    return number\n"},
            "solution": {"app.py": "def double(number):\n    return number * 2\n"},
            "samples": "from app import double\n\n\ndef test_two():\n    assert double(2) == 4, 'double(2) should be 4'\n",
            "tests": "from app import double\n\n\ndef test_canary_of_hidden_tests():\n"
            "    assert double(3) == 6, 'double(3) should be 6'\n",
            "mistakes": [
                {
                    "title": "Adding two",
                    "note": "That works for 2 only.",
                    "files": {"app.py": "def double(number):\n    return number + 2\n"},
                    "fails": ["test_canary_of_hidden_tests"],
                }
            ],
            "hints": [{"text": "Multiply.", "cost": 2}, {"text": "By two.", "cost": 3}],
        }
        | changes
    )


BLUEPRINT: dict[str, Any] = {
    "id": "first-round",
    "title": "First round",
    "bank": "basics",
    "minutes": 30,
    "description": "A first round.",
    "pass_line": 60,
    "sections": [
        {"title": "Concepts", "kinds": ["choice"], "count": 3},
        {"title": "Read code", "kinds": ["output", "order", "text"], "count": 3},
        {"title": "Write code", "kinds": ["code"], "count": 1, "points": 20},
    ],
}


_written: dict[str, str] = {}


def _as_yaml(value: Any) -> str:
    """A file's text; the same few are written for each test, and writing YAML takes its time."""
    key = repr(value)
    if key not in _written:
        _written[key] = yaml.safe_dump(value, sort_keys=False)
    return _written[key]


class Shelf:
    """A folder of question files; `publish` brings them into an application's database."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.write("coverage.yaml", {"rm-routing": "Routes."})
        self.bank("basics", "public")
        self.bank("secret", "hiring")

    def bank(self, id_: str, visibility: str) -> None:
        """Write a bank's file."""
        self.write(
            f"{id_}/bank.yaml",
            {
                "id": id_,
                "title": f"Bank {id_}",
                "description": f"About {id_}.",
                "visibility": visibility,
            },
        )

    def question(self, question: dict[str, Any], bank: str = "basics") -> None:
        """Write a question's file."""
        self.write(f"{bank}/{question['topic']}/{question['id']}.yaml", question)

    def remove(self, question: dict[str, Any], bank: str = "basics") -> None:
        """Take a question's file away."""
        (self.root / bank / question["topic"] / f"{question['id']}.yaml").unlink()

    def blueprint(self, **changes: Any) -> None:
        """Write the blueprint, changed."""
        blueprint = copy.deepcopy(BLUEPRINT) | changes
        self.write(f"{blueprint['bank']}/blueprints/{blueprint['id']}.yaml", blueprint)

    def write(self, path: str, value: Any) -> None:
        """Write a file, text as it is and everything else as YAML."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(value if isinstance(value, str) else _as_yaml(value), encoding="utf-8")

    def fill(self) -> None:
        """Write questions of every kind, one hiring question and the blueprint."""
        for number in range(1, 5):
            self.question(choice(f"choice-{number}", topic="routing" if number % 2 else "templates"))
        for made in (text("text-1"), output("output-1"), order("order-1"), code("code-1"), code("code-2")):
            self.question(made)
        self.question(choice("hired"), bank="secret")
        self.blueprint()

    def publish(self, app: Flask) -> content.Publication:
        """Publish what is in the folder."""
        with app.app_context():
            return content.sync([self.root])
