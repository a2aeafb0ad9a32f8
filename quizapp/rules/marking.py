"""Marks answers: choice, text, output, bug and order by themselves, free by the points that a person gives.

Pure rules over plain JSON: the content of a question version and the answer as it is stored. Answers are
choice `{"options": [ids]}`, text, output and free `{"text": "..."}`, bug `{"lines": [numbers from 1]}`, order
`{"lines": [ids], "indent": [levels]}`. Option ids are indexes into the file's order; line ids of order are those
of `pieces`. An answer that is None or empty is
unanswered and earns nothing; one that no page of ours can send raises AnswerError.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from quizapp.rules import wildcards

MAX_TEXT = 20_000
MAX_LEVEL = 20
_QUOTES = str.maketrans(dict.fromkeys('\u2018\u2019\u201c\u201d\u00b4`"', "'"))
_PUNCTUATION_BUT_WILDCARDS = str.maketrans(
    "", "", "".join(sign for sign in string.punctuation if sign not in "_*?\\")
)
_PUNCTUATION = str.maketrans("", "", string.punctuation.replace("_", ""))


class AnswerError(ValueError):
    """The answer has not the form its question kind asks for."""


@dataclass(frozen=True)
class Mark:
    """What an answer is worth and what to tell about it.

    `points_share` is 0..1 of the question's points. `feedback` is plain JSON:
    choice `{"options": [{"id", "chosen", "correct", "state", "reason"}]}` in file order, `state` one of
    right (chosen, correct), wrong (chosen, not correct), missed (correct, not chosen), left (neither);
    text `{"accepted": [...], "note": str|None}`;
    output `{"expected": str, "first_difference": line from 1|None, "note": str|None}`;
    bug `{"lines": [{"line", "state", "reason"}], "fixed": str}` by number, `state` one of right (chosen, faulty), wrong
    (chosen, sound), missed (faulty, its fault not found), left (a near miss that was not chosen);
    order `{"lines": [{"id", "state", "reason"}], "answer": [ids], "indent": [levels]}`, `state` one of right,
    misplaced, extra (a distractor was used) for what was sent, in its order, then missing;
    free, once it was rated, `{"criteria": [{"title", "points", "max_points"}], "comment": str}`.
    """

    points_share: float
    correct: bool
    feedback: dict[str, Any] = field(default_factory=dict)

    def kept(self, points: float, max_points: float) -> dict[str, Any]:
        """The plain JSON that a response keeps of it, with the points that it came to."""
        return {
            "points": points,
            "max_points": max_points,
            "points_share": self.points_share,
            "correct": self.correct,
            "feedback": self.feedback,
        }


@dataclass(frozen=True)
class Piece:
    """One line an order question offers: its id, its text without indentation, and its place in the file."""

    id: int
    text: str
    line: int | None = None
    distractor: int | None = None


def mark(content: Mapping[str, Any], answer: Mapping[str, Any] | None) -> Mark:
    """Mark one answer against the content of its question version; raises AnswerError on a malformed answer."""
    rule = _RULES.get(content["kind"])
    if rule is None:
        raise ValueError(f"questions of the kind {content['kind']!r} are not marked by this rule")
    return rule(content, answer or {})


def is_answered(content: Mapping[str, Any], answer: Mapping[str, Any] | None) -> bool:
    """Tell whether there is anything in the answer."""
    answer = answer or {}
    if content["kind"] == "choice":
        return bool(answer.get("options"))
    if content["kind"] in ("bug", "order"):
        return bool(answer.get("lines"))
    return bool(str(answer.get("text") or "").strip())


def _choice(content: Mapping[str, Any], answer: Mapping[str, Any]) -> Mark:
    """With `select: one` the right option earns everything.

    With `several`: (right options ticked - wrong options ticked) / right options, never below 0.
    """
    options: Sequence[Mapping[str, Any]] = content["options"]
    chosen = _ids(answer.get("options", []), len(options))
    if content["select"] == "one" and len(chosen) > 1:
        raise AnswerError("only one option can be chosen")
    right = {index for index, option in enumerate(options) if option["correct"]}
    hits = len(right & set(chosen))
    share = max(0.0, (hits - (len(chosen) - hits)) / len(right))
    states = {(True, True): "right", (True, False): "wrong", (False, True): "missed", (False, False): "left"}
    told = [
        {
            "id": index,
            "chosen": index in chosen,
            "correct": index in right,
            "state": states[index in chosen, index in right],
            "reason": option["reason"],
        }
        for index, option in enumerate(options)
    ]
    return Mark(share, set(chosen) == right, {"options": told})


def _text(content: Mapping[str, Any], answer: Mapping[str, Any]) -> Mark:
    """The answer must equal an accepted one, or fit a pattern, after both are normalised."""
    rules = content["normalise"]
    given = normalised(_written(answer), rules)
    correct = bool(given) and (
        any(given == normalised(right, rules) for right in content["accept"])
        or any(fits(pattern, given, rules) for pattern in content.get("patterns", ()))
    )
    note = None if correct else _note(content, lambda miss: normalised(miss, rules) == given)
    return Mark(float(correct), correct, {"accepted": list(content["accept"]), "note": note})


def _output(content: Mapping[str, Any], answer: Mapping[str, Any]) -> Mark:
    """Line by line the same; spaces at the end of a line and empty lines at the end do not count."""
    given, expected = printed_lines(_written(answer)), printed_lines(content["expected"])
    correct = given == expected
    longest = max(len(given), len(expected))
    unlike = (n for n in range(longest) if given[n : n + 1] != expected[n : n + 1])
    told = {
        "expected": content["expected"],
        "first_difference": next(unlike, -1) + 1 or None,
        "note": None if correct else _note(content, lambda miss: printed_lines(miss) == given),
    }
    return Mark(float(correct), correct, told)


def _bug(content: Mapping[str, Any], answer: Mapping[str, Any]) -> Mark:
    """(faults found - sound lines picked) / faults, never below 0. Any line of a fault finds it, once."""
    rows = content["program"].splitlines()
    chosen = set(_ids([_from_zero(line) for line in _listed(answer, "lines")], len(rows)))
    chosen = {index + 1 for index in chosen}
    faults = [(fault, set(fault_lines(content["program"], fault))) for fault in content["faulty"]]
    if len(faults) == 1 and len(chosen) > 1:
        raise AnswerError("only one line can be chosen")
    if any(not rows[line - 1].strip() for line in chosen):
        raise AnswerError("an empty line cannot be chosen")
    found = [lines for _, lines in faults if lines & chosen]
    wrong = chosen - set().union(*(lines for _, lines in faults))
    share = max(0.0, (len(found) - len(wrong)) / len(faults))
    told = {
        line_number(content["program"], miss["line"]): ("left", miss["reason"])
        for miss in content["near_misses"]
    }
    told |= {line: ("wrong", told.get(line, ("", None))[1]) for line in wrong}
    for fault, lines in faults:
        if lines & chosen:
            told |= dict.fromkeys(lines & chosen, ("right", fault["reason"]))
        else:
            told[line_number(content["program"], fault["line"])] = ("missed", fault["reason"])
    lines_told = [
        {"line": line, "state": state, "reason": reason} for line, (state, reason) in sorted(told.items())
    ]
    correct = len(found) == len(faults) and not wrong
    return Mark(share, correct, {"lines": lines_told, "fixed": content["fixed"]})


def fault_lines(program: str, fault: Mapping[str, Any]) -> list[int]:
    """Give the numbers of all lines that point at this fault, its own first."""
    return [line_number(program, mark) for mark in (fault["line"], *fault["also"])]


def line_number(program: str, mark: int | str) -> int:
    """Give the number (from 1) of the line a question file means: by number, or by text that only this line has.

    Raises ValueError when no line or more than one is meant.
    """
    rows = program.splitlines()
    found = [mark] if isinstance(mark, int) else [n for n, row in enumerate(rows, 1) if mark.strip() in row]
    if len(found) != 1:
        raise ValueError(f"stands in {len(found)} lines of the program")
    if not 1 <= found[0] <= len(rows):
        raise ValueError(f"the program has {len(rows)} lines")
    return found[0]


def _free(_content: Mapping[str, Any], answer: Mapping[str, Any]) -> Mark:
    """Earns nothing by itself: a person gives the points, see `rated`."""
    _written(answer)
    return Mark(0.0, correct=False)


def rated(content: Mapping[str, Any], given: Sequence[float], comment: str = "") -> Mark:
    """Mark a free answer by the points given for each criterion of its rubric, which are added up.

    Raises AnswerError when they do not fit the rubric.
    """
    rubric = content["rubric"]
    if len(given) != len(rubric):
        raise AnswerError("every criterion needs its points")
    for points, criterion in zip(given, rubric, strict=True):
        if not 0 <= points <= criterion["points"]:
            raise AnswerError(f"“{criterion['title']}” earns 0 to {criterion['points']} points")
    share = sum(given) / sum(criterion["points"] for criterion in rubric)
    told = [
        {"title": criterion["title"], "points": points, "max_points": criterion["points"]}
        for points, criterion in zip(given, rubric, strict=True)
    ]
    return Mark(share, share == 1, {"criteria": told, "comment": comment})


def _order(content: Mapping[str, Any], answer: Mapping[str, Any]) -> Mark:
    """The share of right neighbours: pairs that follow one another as in an accepted order, start and end included.

    n lines have n + 1 pairs, so a shuffled answer earns about 1 / n; with `indent` a line at the wrong level is
    another line. Lines that read the same may stand for one another. Of several accepted orders the best counts.
    """
    offered = pieces(content)
    chosen = _ids(answer.get("lines", []), len(offered))
    levels = _levels(content, answer, len(chosen))
    given = [(offered[id_].text, level) for id_, level in zip(chosen, levels, strict=True)]
    orders = [range(len(content["lines"])), *content["also"]]
    rights = [[_line(content, index) for index in order] for order in orders]
    best = max(rights, key=lambda right: _neighbours(given, right))
    share = _neighbours(given, best) if given else 0.0
    return Mark(share, given == best, _order_feedback(content, offered, chosen, given, best))


def _line(content: Mapping[str, Any], index: int) -> tuple[str, int]:
    text, level = split_indent(content["lines"][index])
    return (text, level) if content["indent"] else (content["lines"][index].rstrip(), 0)


def _neighbours(given: Sequence[tuple[str, int]], right: Sequence[tuple[str, int]]) -> float:
    wanted = list(pairwise([None, *right, None]))
    hits = 0
    left = list(wanted)
    for pair in pairwise([None, *given, None]):
        if pair in left:
            left.remove(pair)
            hits += 1
    # Equal lines may give an answer in the wrong order all the right neighbours; it is still not the right one.
    most = len(wanted) if given == right else len(wanted) - 1
    return min(hits, most) / max(len(wanted), len(given) + 1)


def _order_feedback(
    content: Mapping[str, Any],
    offered: Sequence[Piece],
    chosen: Sequence[int],
    given: Sequence[tuple[str, int]],
    best: Sequence[tuple[str, int]],
) -> dict[str, Any]:
    told: list[dict[str, Any]] = []
    for position, (id_, line) in enumerate(zip(chosen, given, strict=True)):
        distractor = offered[id_].distractor
        if distractor is not None:
            reason = content["distractors"][distractor]["reason"]
            told.append({"id": id_, "state": "extra", "reason": reason})
        else:
            state = "right" if best[position : position + 1] == [line] else "misplaced"
            told.append({"id": id_, "state": state, "reason": None})
    absent = [piece.id for piece in offered if piece.line is not None and piece.id not in chosen]
    told += [{"id": id_, "state": "missing", "reason": None} for id_ in absent]
    free = [piece for piece in offered if piece.line is not None]
    answer = []
    for text, _ in best:
        piece = next(piece for piece in free if piece.text == text)
        free.remove(piece)
        answer.append(piece.id)
    return {"lines": told, "answer": answer, "indent": [level for _, level in best]}


def pieces(content: Mapping[str, Any]) -> list[Piece]:
    """Give the lines an order question offers, sorted by their text: ids in file order would tell the answer."""
    cut: Callable[[str], str] = (lambda text: split_indent(text)[0]) if content["indent"] else str.rstrip
    lines = [(cut(text), 0, index) for index, text in enumerate(content["lines"])]
    extra = [(cut(entry["text"]), 1, index) for index, entry in enumerate(content["distractors"])]
    return [
        Piece(id_, text, line=None if is_extra else index, distractor=index if is_extra else None)
        for id_, (text, is_extra, index) in enumerate(sorted(lines + extra))
    ]


def split_indent(line: str) -> tuple[str, int]:
    """Give a line without its indentation, and its level (4 spaces each)."""
    bare = line.strip()
    return bare, (len(line.rstrip()) - len(bare)) // 4


def normalised(text: str, rules: Iterable[str]) -> str:
    """Apply the named rules to an answer, after Unicode NFC and stripping, which always happen.

    `case`: capitals do not count; `space`: any white space is one space; `punctuation`: it is left out, but for
    underscores; `quotes`: all kinds are the same, and those round the whole answer are left out.
    """
    text = unicodedata.normalize("NFC", text).strip()
    wanted = set(rules)
    if "quotes" in wanted:
        text = text.translate(_QUOTES)
        if len(text) > 1 and text[0] == text[-1] == "'" and "'" not in text[1:-1]:
            text = text[1:-1]
    if "case" in wanted:
        text = text.casefold()
    if "punctuation" in wanted:
        text = text.translate(_PUNCTUATION)
    return " ".join(text.split()) if "space" in wanted else text.strip()


def fits(pattern: str, given: str, rules: Iterable[str]) -> bool:
    """Tell whether a normalised answer fits a pattern of `quizapp.rules.wildcards`, which is normalised as well."""
    # Normalising may take the wildcards for punctuation, so it is done to what stands between them.
    kept = [rule for rule in rules if rule != "punctuation"]
    if "punctuation" in set(rules):
        pattern = pattern.translate(_PUNCTUATION_BUT_WILDCARDS)
    return wildcards.matches(normalised(pattern, kept), given)


def printed_lines(text: str) -> list[str]:
    """Split printed text into lines for comparison, without spaces at line ends and empty lines at the end."""
    return [line.rstrip() for line in text.replace("\r\n", "\n").rstrip().split("\n")]


def _note(content: Mapping[str, Any], is_it: Callable[[str], bool]) -> str | None:
    return next((miss["note"] for miss in content["near_misses"] if is_it(miss["answer"])), None)


def _written(answer: Mapping[str, Any]) -> str:
    text = answer.get("text", "")
    if not isinstance(text, str):
        raise AnswerError("the answer must be text")
    if len(text) > MAX_TEXT:
        raise AnswerError(f"the answer is longer than {MAX_TEXT} characters")
    return text


def _ids(values: Any, count: int) -> list[int]:
    if not isinstance(values, list) or any(type(value) is not int for value in values):
        raise AnswerError("the answer must be a list of ids")
    if len(set(values)) != len(values) or any(not 0 <= value < count for value in values):
        raise AnswerError("the answer names an id twice, or one that does not exist")
    return values


def _listed(answer: Mapping[str, Any], key: str) -> list[Any]:
    values = answer.get(key, [])
    if not isinstance(values, list):
        raise AnswerError("the answer must be a list")
    return values


def _from_zero(value: Any) -> Any:
    return value - 1 if type(value) is int else value


def _levels(content: Mapping[str, Any], answer: Mapping[str, Any], count: int) -> list[int]:
    if not content["indent"]:
        return [0] * count
    levels = answer.get("indent") or [0] * count
    if not isinstance(levels, list) or any(
        type(level) is not int or not 0 <= level <= MAX_LEVEL for level in levels
    ):
        raise AnswerError("the indentation must be a list of levels from 0")
    if len(levels) != count:
        raise AnswerError("the indentation must have one level per line")
    return levels


_RULES: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Mark]] = {
    "choice": _choice,
    "text": _text,
    "output": _output,
    "bug": _bug,
    "order": _order,
    "free": _free,
}
