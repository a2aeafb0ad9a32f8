"""Choice questions as a table: one row each, everything of them in columns, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quizapp.questions.exchange.draft import Draft, NotHeld, Problem, Reading, Unreadable
from quizapp.questions.exchange.labels import is_whole

MOST_OPTIONS = 10
MOST_HINTS = 5
_TEXTS = ("id", "title", "level", "topic", "since", "select", "prompt", "explanation")
_NUMBERS = ("difficulty", "minutes", "points")
_LISTS = ("references", "covers", "tags")  # parted by spaces
COLUMNS = (
    "id", "title", "level", "topic", "difficulty", "minutes", "points", "since", "tags", "select", "shuffle", "prompt",
    *(f"{name}_{number}" for number in range(1, MOST_OPTIONS + 1) for name in ("option", "right", "reason")),
    *(f"{name}_{number}" for number in range(1, MOST_HINTS + 1) for name in ("hint", "cost")),
    "explanation", "references", "covers",
)  # fmt: skip
NEEDED = (
    "title",
    "prompt",
    "option_1",
    "right_1",
    "reason_1",
    "option_2",
    "right_2",
    "reason_2",
    "explanation",
)
_RIGHT = {"yes": True, "true": True, "1": True, "x": True, "no": False, "false": False, "0": False, "": False}
# A spreadsheet takes a cell that begins so for a formula, which may fetch or run things; an apostrophe makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


def written(contents: Sequence[Mapping[str, Any]]) -> str:
    """Give the table with its heading. Raises NotHeld."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for content in contents:
        writer.writerow({key: _cell(value) for key, value in _row(content).items()})
    return buffer.getvalue()


def _row(content: Mapping[str, Any]) -> dict[str, str]:
    if content["kind"] != "choice":
        raise NotHeld(f"its kind is {content['kind']}; the table holds choice")
    row = {key: str(content[key]) for key in (*_TEXTS, *_NUMBERS) if content[key] is not None}
    row |= {key: " ".join(content[key]) for key in _LISTS}
    row["shuffle"] = "yes" if content["shuffle"] else "no"
    for number, option in enumerate(content["options"], 1):
        row[f"option_{number}"], row[f"reason_{number}"] = option["text"], option["reason"]
        row[f"right_{number}"] = "yes" if option["correct"] else "no"
    for number, hint in enumerate(content["hints"], 1):
        row[f"hint_{number}"], row[f"cost_{number}"] = hint["text"], str(hint["cost"])
    return row


def _cell(text: str) -> str:
    if "\0" in text:
        raise NotHeld("it has the character U+0000, which no table holds")
    return f"'{text}" if text.startswith(_FORMULA) else text


def read(raw: bytes) -> Reading:
    """Read a table, its columns in any order. Raises Unreadable for the file as a whole."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Unreadable(line, "is not UTF-8 text", "save the table as CSV UTF-8") from error
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    reading = Reading()
    try:
        columns = [name.strip().lower() for name in next(table, [])]
        _check_columns(columns)
        for line, cells in _rows(table):
            _take(line, columns, cells, reading)
    except csv.Error as error:
        raise Unreadable(table.line_num or 1, f"is not a CSV table: {error}", "export it anew") from error
    return reading


def _check_columns(columns: Sequence[str]) -> None:
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        hint = "an export of any choice question shows all columns"
        raise Unreadable(1, f"has no column {', '.join(missing)}", hint)
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown:
        raise Unreadable(
            1, f"has the unknown column {unknown[0]!r}", "take it out, or give it one of the known names"
        )
    if len(set(columns)) < len(columns):
        raise Unreadable(1, "has the same column twice", "keep one of them")


def _rows(table: Any) -> Iterator[tuple[int, list[str]]]:
    line = table.line_num + 1
    for cells in table:
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = table.line_num + 1


def _take(line: int, columns: Sequence[str], cells: Sequence[str], reading: Reading) -> None:
    if len(cells) > len(columns):
        message = f"the row has {len(cells)} cells for {len(columns)} columns"
        reading.problems.append(Problem(line, message, "put quotes round cells that hold the separator"))
        return
    row = {name: _text(cell) for name, cell in zip(columns, cells, strict=False)}
    values: dict[str, Any] = {"kind": "choice"}
    values |= {key: row[key] for key in _TEXTS if row.get(key)}
    values |= {key: row[key].split() for key in _LISTS if row.get(key)}
    wrong: list[Problem] = []
    for key in _NUMBERS:
        if row.get(key):
            values |= _number(line, key, row[key], wrong)
    if row.get("shuffle"):
        values["shuffle"] = _yes(line, "shuffle", row, wrong)
    values["options"] = _options(line, row, wrong)
    if hints := _hints(line, row, wrong):
        values["hints"] = hints
    right = sum("correct" in option for option in values["options"])
    values.setdefault("select", "one" if right == 1 else "several")
    reading.problems += wrong
    if not wrong:
        reading.drafts.append(Draft(line, values))


def _options(line: int, row: Mapping[str, str], wrong: list[Problem]) -> list[dict[str, Any]]:
    options = []
    for number in range(1, MOST_OPTIONS + 1):
        text, reason = row.get(f"option_{number}", ""), row.get(f"reason_{number}", "")
        right = _yes(line, f"right_{number}", row, wrong)
        if text and reason:
            options.append({"text": text, **({"correct": True} if right else {}), "reason": reason})
        elif text or reason or right:
            missing = "reason" if text else "option"
            hint = "each option needs its text and why it is right or wrong"
            wrong.append(Problem(line, f"the column {missing}_{number} is empty", hint))
    return options


def _hints(line: int, row: Mapping[str, str], wrong: list[Problem]) -> list[dict[str, Any]]:
    hints: list[dict[str, Any]] = []
    for number in range(1, MOST_HINTS + 1):
        if text := row.get(f"hint_{number}"):
            cost = _number(line, f"cost_{number}", row.get(f"cost_{number}") or "0", wrong)
            hints.append({"text": text, "cost": cost.get(f"cost_{number}", 0)})
    return hints


def _number(line: int, key: str, text: str, wrong: list[Problem]) -> dict[str, int]:
    if is_whole(text.strip()):
        return {key: int(text)}
    wrong.append(Problem(line, f"the column {key} has {text!r}", "write a whole number"))
    return {}


def _yes(line: int, key: str, row: Mapping[str, str], wrong: list[Problem]) -> bool:
    text = row.get(key, "")
    if text.strip().lower() not in _RIGHT:
        wrong.append(Problem(line, f"the column {key} has {text!r}", "write yes or no"))
    return _RIGHT.get(text.strip().lower(), False)


def _text(cell: str) -> str:
    text = cell.replace("\r\n", "\n")
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
