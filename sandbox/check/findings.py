"""What the check found: one finding a line, each with what to do about it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a finding is to be taken. `NOT_TRIED` says that nothing is known, which is never a PASS."""

    PASS = "PASS"  # noqa: S105 - a word, no secret
    CAUTION = "CAUTION"
    FAIL = "FAIL"
    NOT_TRIED = "NOT TRIED"


@dataclass(frozen=True)
class Finding:
    """One line of the table: what was looked at, how it is, what was seen, and what to do."""

    subject: str
    level: Level
    found: str = ""
    remedy: str = ""


def passed(subject: str, found: str = "") -> Finding:
    return Finding(subject, Level.PASS, found)


def failures(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level is Level.FAIL]


def exit_status(findings: Iterable[Finding]) -> int:
    """1 when anything failed, else 0."""
    return 1 if failures(findings) else 0


def table(findings: Sequence[Finding]) -> str:
    """The findings for people, remedies below what they are for."""
    width = max(len(finding.subject) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{finding.level:<9}  {finding.subject:<{width}}  {finding.found}".rstrip())
        if finding.remedy and finding.level is not Level.PASS:
            lines.append(f"{'':<9}  -> {finding.remedy}")
    counts = {level: sum(finding.level is level for finding in findings) for level in Level}
    lines += ["", ", ".join(f"{count} {level}" for level, count in counts.items())]
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    """The findings for programs."""
    told = {
        "status": exit_status(findings),
        "findings": [dataclasses.asdict(finding) for finding in findings],
    }
    return json.dumps(told, indent=2)
