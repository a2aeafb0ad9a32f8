"""The smallest root of question files: one bank `drill` with text questions in one topic."""

from __future__ import annotations

from pathlib import Path

BANK = "id: drill\ntitle: Drill\ndescription: For tests.\nvisibility: public\n"
QUESTION = """\
id: {id}
title: An example
kind: text
level: fresher
topic: routing
difficulty: 1
minutes: 2
points: 4
prompt: Which function builds a URL?
accept: [{accept}]
explanation: It builds a URL from an endpoint.
references: ["https://flask.palletsprojects.com/en/stable/quickstart/#url-building"]
covers: [url-for]
"""


def make(root: Path) -> Path:
    """Make the root with the bank and no question; gives it."""
    (root / "drill" / "routing").mkdir(parents=True)
    (root / "coverage.yaml").write_text("url-for: builds URLs\n", encoding="utf-8")
    (root / "drill" / "bank.yaml").write_text(BANK, encoding="utf-8")
    return root


def add(root: Path, id_: str, accept: str = "url_for") -> Path:
    """Write a question; a number as `accept` is a finding, since it has to be text. Gives its file."""
    path = root / "drill" / "routing" / f"{id_}.yaml"
    path.write_text(QUESTION.format(id=id_, accept=accept), encoding="utf-8")
    return path
