"""Reading lists of people to invite: pasted lines or a CSV file, every row judged, nothing taken by halves."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from quizapp.rules import addresses, zones

MOST_BYTES = 200_000
MOST_ROWS = 1000
MOST_EXTRA_PERCENT = 300
MOST_FLAWS = 100  # that are told; more are counted

# What a column may be called, in lower case and without signs.
_NAMES = {
    "email": ("email", "e mail", "mail", "address", "email address", "e mail address"),
    "name": ("name", "full name", "candidate"),
    "extra_time": ("extra time", "extra", "extra percent", "extra time percent"),
    "opens": ("opens", "from", "window start", "opens at"),
    "closes": ("closes", "until", "window end", "closes at"),
    "time_zone": ("time zone", "zone", "timezone"),
}
_COLUMNS = {written: column for column, all_ in _NAMES.items() for written in all_}
_WITH_NAME = re.compile(r"^\s*(?P<name>[^<>]*?)\s*<(?P<email>[^<>]+)>\s*$")


class Misfit(ValueError):
    """A term that cannot be meant: a sentence that says why, and the form's field that it is about."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Window:
    """When an interview may be begun. Both ends may be open; `time_zone` is the one in which they are told."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    time_zone: str = "UTC"


@dataclass(frozen=True)
class Invitee:
    """One person to invite, from one line."""

    line: int  # from 1, as editors and spreadsheets count
    email: str
    name: str
    extra_share: float  # 0.25 = 25 %
    window: Window


@dataclass(frozen=True)
class Flaw:
    """What is wrong in one line; line 0 is the list as a whole."""

    line: int
    text: str


@dataclass(frozen=True)
class Terms:
    """What holds for everybody whose line says nothing else; `now` is the moment of reading."""

    window: Window
    now: datetime
    extra_share: float = 0.0


@dataclass
class Reading:
    """What a list holds. It is used only when there is no flaw in it."""

    invitees: list[Invitee] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)


def read(text: str, terms: Terms) -> Reading:
    """Read pasted text: CSV when its first line names the column of addresses, else one person per line."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        return Reading(flaws=[Flaw(0, f"The list is larger than {MOST_BYTES // 1000} kB. Send it in parts.")])
    first = next((line for line in text.splitlines() if line.strip()), "")
    header = [_column(cell) for cell in next(csv.reader([first], delimiter=_delimiter(first)), [])]
    rows = _csv_rows(text) if "email" in header else _line_rows(text)
    return _judged(rows, terms)


def text_of(content: bytes) -> tuple[str, str]:
    """The text of an uploaded CSV file, with or without a mark at its beginning, and what keeps it from being read."""
    if len(content) > MOST_BYTES:
        return "", f"The file is larger than {MOST_BYTES // 1000} kB. Send it in parts."
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return "", f"Line {line} is not UTF-8. Save the file as “CSV UTF-8”, and send it again."
    return text, "" if text.strip() else "The file is empty."


def read_one(email: str, name: str, terms: Terms) -> Reading:
    """Read one person from two fields."""
    return _judged([_Row(1, {"email": email.strip(), "name": name.strip()})], terms)


def share_of(text: str) -> float:
    """Extra time as it is written, “25” or “25 %”, as a share. Raises `Misfit`."""
    digits = text.strip().removesuffix("%").strip()
    if not (digits.isascii() and digits.isdigit() and int(digits[:6]) <= MOST_EXTRA_PERCENT):
        raise Misfit("extra", f"Extra time is whole percent from 0 to {MOST_EXTRA_PERCENT}, such as 25.")
    return int(digits) / 100


def window_of(opens: str, closes: str, time_zone: str, now: datetime) -> Window:
    """A window as it is written. Raises `Misfit` when nobody could begin in it."""
    zone = time_zone.strip() or "UTC"
    if not zones.is_zone(zone):
        raise Misfit(
            "time_zone", f"There is no time zone {zone[:40]!r}. Write one such as Europe/Berlin or UTC."
        )
    opens_at = _moment("opens", opens, zone)
    closes_at = _moment("closes", closes, zone)
    if closes_at is not None and closes_at <= now:
        raise Misfit("closes", "The window ends in the past.")
    if opens_at is not None and closes_at is not None and closes_at <= opens_at:
        raise Misfit("closes", "The window ends before it begins.")
    return Window(opens_at, closes_at, zone)


def _moment(field: str, text: str, zone: str) -> datetime | None:
    """The end of a window that this field holds; None when it is empty."""
    try:
        return zones.read(text, zone, is_end=field == "closes") if text.strip() else None
    except zones.NoMoment as problem:
        raise Misfit(field, str(problem)) from None


@dataclass(frozen=True)
class _Row:
    line: int
    cells: Mapping[str, str]
    problem: str = ""  # of the row as such


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def _column(cell: str) -> str | None:
    return _COLUMNS.get(" ".join(re.sub(r"[^a-z]+", " ", cell.lower().replace("e-mail", "email")).split()))


def _csv_rows(text: str) -> Iterator[_Row]:
    lines = text.splitlines(keepends=True)
    skipped = next(number for number, line in enumerate(lines) if line.strip())
    reader = csv.reader(lines[skipped:], delimiter=_delimiter(lines[skipped]), strict=True)
    columns: list[str | None] = []
    begins = skipped + 1
    try:
        for cells in reader:
            line, begins = begins, skipped + reader.line_num + 1
            if not columns:
                columns = [_column(cell) for cell in cells]
                yield from _header_problems(line, cells, columns)
            elif any(cell.strip() for cell in cells):
                yield _row(line, cells, columns)
    except csv.Error as error:
        yield _Row(begins, {}, f"This row cannot be read: {error}.")


def _header_problems(line: int, cells: list[str], columns: list[str | None]) -> Iterator[_Row]:
    for cell, column in zip(cells, columns, strict=True):
        if column is None and cell.strip():
            known = ", ".join(all_[0] for all_ in _NAMES.values())
            yield _Row(line, {}, f"There is no column {cell.strip()[:40]!r}. Those that are read: {known}.")
    for column in sorted({one for one in columns if one and columns.count(one) > 1}):
        yield _Row(line, {}, f"The column {_NAMES[column][0]} is there twice.")


def _row(line: int, cells: list[str], columns: list[str | None]) -> _Row:
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        return _Row(line, {}, f"The row has {len(cells)} cells, and there are {len(columns)} columns.")
    told = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if column}
    return _Row(line, told)


def _line_rows(text: str) -> Iterator[_Row]:
    for line, written in enumerate(text.splitlines(), 1):
        if not written.strip():
            continue
        found = _WITH_NAME.match(written[:1000])
        if found:
            yield _Row(line, {"email": found["email"], "name": found["name"].strip(' "')})
        else:
            email, _, name = written.strip().partition("," if "," in written else ";")
            yield _Row(line, {"email": email.strip(), "name": name.strip()})


def _judged(rows: Iterable[_Row], terms: Terms) -> Reading:
    reading = Reading()
    seen: dict[str, int] = {}
    for count, row in enumerate(rows, 1):
        if count > MOST_ROWS:
            reading.flaws.append(
                Flaw(0, f"There are more than {MOST_ROWS} people in it. Send the list in parts.")
            )
            break
        problems, invitee = _read_row(row, terms)
        if invitee is not None and invitee.email in seen:
            problems = [f"{invitee.email} is in line {seen[invitee.email]} as well."]
        if problems:
            reading.flaws += [Flaw(row.line, text) for text in problems]
        elif invitee is not None:
            seen[invitee.email] = row.line
            reading.invitees.append(invitee)
    if not reading.invitees and not reading.flaws:
        reading.flaws.append(Flaw(0, "There is nobody in it."))
    return reading


def _read_row(row: _Row, terms: Terms) -> tuple[list[str], Invitee | None]:
    """All that is wrong with a row, or the person in it."""
    if row.problem:
        return [row.problem], None
    problems: list[str] = []
    for value in row.cells.values():
        if any(ord(letter) < ord(" ") or ord(letter) == 0x7F for letter in value):  # noqa: PLR2004 - DEL
            return ["There is a control character in it."], None
    email, name, share, window = "", "", terms.extra_share, terms.window
    try:
        email = addresses.normal_email(row.cells.get("email", ""))
    except addresses.NotUsable as problem:
        problems.append(f"{row.cells.get('email', '')[:60]!r}: {problem}")
    try:
        name = _name(row.cells.get("name", ""))
    except ValueError as problem:
        problems.append(str(problem))
    try:
        if told := row.cells.get("extra_time"):
            share = share_of(told)
        window = _window(row.cells, terms)
    except ValueError as problem:
        problems.append(str(problem))
    if problems:
        return problems, None
    return [], Invitee(row.line, email, name, share, window)


def _name(text: str) -> str:
    if not text:
        return ""
    if text.startswith(addresses.FORMULA_SIGNS):
        raise ValueError(f"The name begins with {text[0]!r}, which a spreadsheet takes for a formula.")
    try:
        return addresses.normal_name(text)
    except addresses.NotUsable:
        raise ValueError(
            f"The name has to be printable, with at most {addresses.MAX_NAME} characters."
        ) from None


def _window(cells: Mapping[str, str], terms: Terms) -> Window:
    opens, closes, zone = (cells.get(name, "") for name in ("opens", "closes", "time_zone"))
    common = terms.window
    time_zone = zone or common.time_zone
    own = window_of(opens, closes, time_zone, terms.now)
    opens_at, closes_at = own.opens_at or common.opens_at, own.closes_at or common.closes_at
    if opens_at is not None and closes_at is not None and closes_at <= opens_at:
        raise ValueError("The window ends before it begins.")
    return Window(opens_at, closes_at, time_zone)
