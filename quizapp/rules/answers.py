"""The shape of answers as they arrive: checked, cut to what the kind knows, and compared."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Mapping
from typing import Any

from quizapp.rules import marking
from quizapp.rules.marking import AnswerError

MAX_CODE_BYTES = 64 * 1024
MAX_OTHER_BYTES = 32 * 1024
MAX_FILES = 20
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


def cleaned(content: Mapping[str, Any], raw: Any) -> dict[str, Any]:
    """Give the answer as it may be stored, only with the keys of its kind.

    Raises AnswerError, whose text tells the candidate what cannot be kept and why.
    """
    if not isinstance(raw, Mapping):
        raise AnswerError("The answer has to be a JSON object.")
    answer = _code(raw) if is_coded(content) else _other(content, raw)
    try:
        size = len(json.dumps(answer, ensure_ascii=False, allow_nan=False).encode())
    except UnicodeEncodeError:
        raise AnswerError("The text holds half of a character (a lone surrogate). Delete it.") from None
    most = MAX_CODE_BYTES if is_coded(content) else MAX_OTHER_BYTES
    if size > most:
        raise AnswerError(f"The answer is {size // 1024 + 1} KiB; at most {most // 1024} KiB are kept.")
    if _holds_nul(answer):
        raise AnswerError("The text holds a NUL character, which cannot be stored. Delete it.")
    return answer


def is_coded(content: Mapping[str, Any]) -> bool:
    """Whether the answer is files that the sandbox judges."""
    return content["kind"] in ("code", "tests")


def is_answered(content: Mapping[str, Any], answer: Mapping[str, Any] | None) -> bool:
    """Whether there is anything to mark. Code that is still the starter is no answer."""
    if not is_coded(content):
        return marking.is_answered(content, answer)
    files = (answer or {}).get("files")
    return bool(files) and files != content["files"]


def as_text(content: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """An answer in lines that people can read, whatever its kind."""
    if is_coded(content):
        parts = [f"# {path}\n{text.rstrip()}\n" for path, text in answer.get("files", {}).items()]
        return "\n".join(parts)
    if content["kind"] == "choice":
        return "\n".join(content["options"][index]["text"] for index in answer.get("options", []))
    if content["kind"] == "bug":
        rows = content["program"].splitlines()
        return "\n".join(f"{line}: {rows[line - 1].strip()}" for line in answer.get("lines", []))
    if content["kind"] == "order":
        texts = {piece.id: piece.text for piece in marking.pieces(content)}
        lines = answer.get("lines", [])
        levels = answer.get("indent") or [0] * len(lines)
        return "\n".join("    " * level + texts[line] for line, level in zip(lines, levels, strict=True))
    return str(answer.get("text", ""))


def mark(content: Mapping[str, Any], answer: Mapping[str, Any] | None) -> str:
    """A short mark of an answer, by which a page that gives it out knows it again when its form comes back unchanged.

    Answers that look alike in a form have one mark: chosen options in any order, files that are still the starter's, an
    empty answer and none.
    """
    answer = answer or {}
    told: Any
    if is_coded(content):
        files = {**content["files"], **answer.get("files", {})}
        told = {path: _lined(text) for path, text in files.items()}
    elif content["kind"] == "order":
        lines = answer.get("lines", [])
        told = [lines, answer.get("indent") or [0] * len(lines)]
    elif content["kind"] in ("choice", "bug"):
        told = sorted(answer.get("options" if content["kind"] == "choice" else "lines", []))
    else:
        told = _lined(answer.get("text", ""))
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def _lined(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def shown(view: dict[str, Any], seed: int) -> dict[str, Any]:
    """Put a public view's options or lines in the order of this response's seed; ids stay what they are."""
    for key in ("options", "pieces"):
        if key in view and view.get("shuffle", True):
            entries = list(view[key])
            random.Random(seed).shuffle(entries)  # noqa: S311 - an order that comes back on reload
            view = {**view, key: entries}
    return view


def from_form(content: Mapping[str, Any], fields: Any) -> dict[str, Any]:
    """Read an answer out of plain form fields (a werkzeug MultiDict). Raises AnswerError."""
    kind = content["kind"]
    if kind == "choice":
        return cleaned(content, {"options": [_whole(value) for value in fields.getlist("options")]})
    if kind in ("text", "output", "free"):
        return cleaned(content, {"text": fields.get("text", "").replace("\r\n", "\n")})
    if kind == "bug":
        return cleaned(content, {"lines": [_whole(value) for value in fields.getlist("line")]})
    if kind == "order":
        if not fields.get("lines"):  # sent without JavaScript: a number beside each line
            return cleaned(content, _numbered(fields))
        return cleaned(content, {"lines": _listed(fields, "lines"), "indent": _listed(fields, "indent")})
    return cleaned(content, {"files": _sent_files(fields)})


def typed(content: Mapping[str, Any], fields: Any) -> dict[str, Any] | None:
    """What stands in the text fields of a form, unchecked, to show it again where it cannot be kept; None for other kinds."""
    if is_coded(content):
        return {"files": _sent_files(fields)}
    if content["kind"] in ("text", "output", "free"):
        return {"text": fields.get("text", "").replace("\r\n", "\n")}
    return None


def ratings(content: Mapping[str, Any], fields: Any) -> list[float]:
    """Read the points of each criterion of a rubric out of form fields `criterion-<number>`. Raises AnswerError."""
    return [_half_points(fields.get(f"criterion-{number}", "")) for number in range(len(content["rubric"]))]


def _sent_files(fields: Any) -> dict[str, str]:
    return {key[5:]: fields[key].replace("\r\n", "\n") for key in fields if key.startswith("file:")}


def _half_points(text: str) -> float:
    whole, _, rest = text.strip().partition(".")
    if whole.isascii() and whole.isdigit() and len(whole) < 4 and rest in ("", "0", "5"):  # noqa: PLR2004 - no points are that many
        return float(text)
    raise AnswerError("every criterion needs points, in halves")


def _other(content: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    keys = {"choice": ("options",), "bug": ("lines",), "order": ("lines", "indent")}.get(
        content["kind"], ("text",)
    )
    answer = {key: raw[key] for key in keys if raw.get(key)}
    try:
        marking.mark(content, answer)
    except AnswerError as error:
        text = str(error)
        raise AnswerError(f"{text[0].upper()}{text[1:]}.") from error
    return answer


def _code(raw: Mapping[str, Any]) -> dict[str, Any]:
    files = raw.get("files")
    if not isinstance(files, Mapping) or not files:
        raise AnswerError("The answer has to name at least one file.")
    if len(files) > MAX_FILES:
        raise AnswerError(f"The answer has {len(files)} files; at most {MAX_FILES} are kept.")
    for path, text in files.items():
        if not isinstance(path, str) or len(path) > 120 or not _PATH.fullmatch(path):  # noqa: PLR2004 - a path's length
            raise AnswerError("A file's name may hold letters, digits, dots, dashes and folders only.")
        if not isinstance(text, str):
            raise AnswerError(f"The content of {path} has to be text.")
    return {"files": dict(files)}


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(_holds_nul(key) or _holds_nul(entry) for key, entry in value.items())
    return isinstance(value, list) and any(_holds_nul(entry) for entry in value)


def _whole(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 6:  # noqa: PLR2004 - no id is that long
        return int(text)
    raise AnswerError("The form sent something that is no number. Load the page again.")


def _numbered(fields: Any) -> dict[str, Any]:
    """Read `place-<id>` and `level-<id>`: lines without a number are left out, equal numbers keep the page's order."""
    places = [
        (_whole(fields[key].strip()), _whole(key[6:]))
        for key in fields
        if key.startswith("place-") and fields[key].strip()
    ]
    places.sort(key=lambda pair: pair[0])
    ids = [line for _, line in places]
    return {"lines": ids, "indent": [_whole(fields.get(f"level-{line}", "") or "0") for line in ids]}


def _listed(fields: Any, name: str) -> list[Any]:
    text = fields.get(name, "")
    if not text:
        return []
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, list):
        raise AnswerError("The form sent an order that cannot be read. Load the page again.")
    return value
