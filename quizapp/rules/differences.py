"""What is different between two versions of a question, field by field, as lines that people can read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

CONTEXT = 3  # lines that stay the same, shown around each that does not

# Every field with its name on a page, in the order in which a difference is read.
TITLES = {
    "kind": "Kind",
    "title": "Title",
    "level": "Level",
    "topic": "Topic",
    "difficulty": "Difficulty",
    "minutes": "Minutes",
    "points": "Points",
    "since": "Since",
    "prompt": "Prompt",
    "select": "How many to choose",
    "shuffle": "Shuffled",
    "options": "Options",
    "accept": "Accepted answers",
    "patterns": "Accepted patterns",
    "normalise": "What does not count",
    "program": "Program",
    "expected": "Expected output",
    "language": "Language",
    "faulty": "Faulty lines",
    "near_misses": "Near misses",
    "fixed": "Mended program",
    "proof": "Proof",
    "lines": "Lines in their order",
    "also": "Other accepted orders",
    "distractors": "Lines that do not belong",
    "indent": "Indentation",
    "files": "Starter",
    "samples": "Visible tests",
    "tests": "Hidden tests",
    "solution": "Worked answer",
    "offers": "Names for tests",
    "variants": "Right programs",
    "mutants": "Wrong programs",
    "mistakes": "Listed mistakes",
    "preload": "Packages",
    "limits": "Limits",
    "requests": "Requests",
    "rubric": "Rubric",
    "model_answer": "Model answer",
    "words": "Words",
    "hints": "Hints",
    "explanation": "Explanation",
    "references": "References",
    "parameters": "Parameter sets",
    "covers": "Covers",
    "tags": "Tags",
}
# What a report tells the candidate anyway. Hidden tests, near misses and the like stay with the authors.
TOLD = frozenset(
    [
        "title",
        "prompt",
        "select",
        "options",
        "accept",
        "program",
        "expected",
        "faulty",
        "fixed",
        "lines",
        "also",
        "distractors",
        "indent",
        "files",
        "samples",
        "solution",
        "rubric",
        "model_answer",
        "explanation",
        "references",
    ]
)


@dataclass(frozen=True)
class Row:
    """One line of a difference. `sign` is add, remove, same, or gap where lines that stay the same are left out."""

    sign: str
    text: str = ""


@dataclass(frozen=True)
class Change:
    """One field that is different."""

    name: str
    title: str
    rows: tuple[Row, ...]


def changes(
    old: Mapping[str, Any], new: Mapping[str, Any], titles: Mapping[str, str] = TITLES
) -> list[Change]:
    """Every field in which two contents differ, in reading order, which is that of `titles`; files one by one."""
    before, after = dict(_fields(old)), dict(_fields(new))
    names = [name for name in {**before, **after} if before.get(name, []) != after.get(name, [])]
    order = list(titles)
    names.sort(key=lambda name: (order.index(name[0]) if name[0] in order else len(order), name[1]))
    return [
        Change(
            name=name[0],
            title=titles.get(name[0], name[0]) + (f": {name[1]}" if name[1] else ""),
            rows=tuple(_rows(before.get(name, []), after.get(name, []))),
        )
        for name in names
    ]


def told(found: Iterable[Change]) -> list[Change]:
    """Those of them that a candidate may see in a report."""
    return [change for change in found if change.name in TOLD]


def _fields(content: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    for name, value in content.items():
        if isinstance(value, Mapping) and value and all("." in key for key in value):
            for path, text in value.items():
                yield (name, path), text.splitlines()
        elif lines := list(_lines(value)):
            yield (name, ""), lines


def _lines(value: Any) -> Iterator[str]:
    """A value as lines, empty parts left out: text as it is, entries of a list one after another."""
    if value is None or value in ("", [], {}):
        return
    if isinstance(value, str):
        yield from value.splitlines()
    elif isinstance(value, bool):
        yield "yes" if value else "no"
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            lines = list(_lines(entry))
            if isinstance(entry, list) and not any(isinstance(one, Mapping | list) for one in entry):
                lines = [", ".join(line.removeprefix("- ") for line in lines)] if lines else []
            yield from _labelled(f"{key}:", lines)
    elif isinstance(value, list):
        for number, entry in enumerate(value, 1):
            yield from _labelled(
                f"{number}." if isinstance(entry, Mapping | list) else "-", list(_lines(entry))
            )
    else:
        yield f"{value:g}" if isinstance(value, float) else str(value)


def _labelled(label: str, lines: list[str]) -> Iterator[str]:
    if len(lines) == 1:
        yield f"{label} {lines[0]}"
    elif lines:
        yield label
        yield from (f"  {line}" for line in lines)


def _rows(before: list[str], after: list[str]) -> Iterator[Row]:
    groups = SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT)
    end = 0
    for group in groups:
        if group[0][1] > end:
            yield Row("gap")
        for tag, low, high, first, last in group:
            if tag == "equal":
                yield from (Row("same", line) for line in before[low:high])
            else:
                yield from (Row("remove", line) for line in before[low:high])
                yield from (Row("add", line) for line in after[first:last])
        end = group[-1][2]
    if end < len(before):
        yield Row("gap")
