"""Findings written for people, for programs, and for tools that read SARIF 2.1.0 (code scanning, editors)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from quizapp.questions.codes import CODES, Code
from quizapp.questions.finding import Finding

FORMATS = ("text", "json", "sarif")
_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def written(findings: Sequence[Finding], form: str, problems: Sequence[str] = ()) -> str:
    """Write findings in one of FORMATS; `problems` are sentences about what could not be checked at all.

    text: a line per finding, `path:line:column code message (how to mend it)`. json: an array of objects with path,
    line, column, code, message, hint. sarif: one run with a rule per code.
    """
    if form == "json":
        return json.dumps([_fields(finding) for finding in findings], indent=2, ensure_ascii=False) + "\n"
    if form == "sarif":
        return json.dumps(sarif(findings, problems), indent=2, ensure_ascii=False) + "\n"
    return "".join(f"{finding}\n" for finding in findings)


def _fields(finding: Finding) -> dict[str, Any]:
    return {
        "path": str(finding.path),
        "line": finding.line,
        "column": finding.column,
        "code": finding.code,
        "message": finding.message,
        "hint": finding.mend,
    }


def sarif(findings: Sequence[Finding], problems: Sequence[str] = ()) -> dict[str, Any]:
    """Give the findings as a SARIF 2.1.0 log."""
    places = {name: index for index, name in enumerate(CODES)}
    notices = [{"level": "error", "message": {"text": problem}} for problem in problems]
    run = {
        "tool": {
            "driver": {"name": "quizapp questions check", "rules": [_rule(code) for code in CODES.values()]}
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not problems, "toolExecutionNotifications": notices}],
        "results": [_met(finding, places) for finding in findings],
    }
    return {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: Code) -> dict[str, Any]:
    seen = "Seen when the question is run in the sandbox." if code.proved else "Seen in the files alone."
    return {
        "id": code.name,
        "shortDescription": {"text": code.means},
        "fullDescription": {"text": f"{code.means} {seen}"},
        "help": {"text": f"{code.means} To mend it: {code.mend}."},
        "defaultConfiguration": {"level": "note" if code.is_advice else "error"},
        "properties": {"tags": ["sandbox" if code.proved else "static"]},
    }


def _met(finding: Finding, places: dict[str, int]) -> dict[str, Any]:
    region = {"startLine": finding.line, "startColumn": finding.column}
    artifact = {"uri": _uri(finding.path)}
    text = f"{finding.message} ({finding.mend})" if finding.mend else finding.message
    found = {
        "ruleId": finding.code,
        "level": "note" if finding.is_advice else "error",
        "message": {"text": text},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
    }
    return found | ({"ruleIndex": places[finding.code]} if finding.code in places else {})


def _uri(path: Path) -> str:
    """A relative path stays relative: whoever reads the log knows from where."""
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
