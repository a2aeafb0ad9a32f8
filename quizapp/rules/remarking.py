"""What a stored answer says in the words of a newer version of its question.

Answers name options, lines and pieces by their place, which is another one after an edit. What stands for the same is
found by its text; a place whose text alone was reworded is still the same. Where it cannot be told what the answer
would have been, `NotComparable` is raised, and the old score has to stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from quizapp.rules import answers, marking, parameters


class NotComparable(ValueError):
    """The answer was to another question than the one that is asked now; the text says in what."""


def values(new: Mapping[str, Any], drawn: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What fills the newer version for an answer that had drawn these values. Raises NotComparable."""
    if drawn is None and not parameters.sets_of(new):
        return None
    found = parameters.counterpart(new, drawn)
    if found is None:
        raise NotComparable("no parameter set stands for the one that was drawn")
    return found


def translated(
    old: Mapping[str, Any], new: Mapping[str, Any], answer: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """The answer to `old` as an answer to `new`, both filled. Raises NotComparable."""
    if old["kind"] != new["kind"]:
        raise NotComparable("the question is of another kind now")
    if answer is None or answers.is_coded(new) or not marking.is_answered(old, answer):
        return dict(answer) if answer is not None else None
    if old["kind"] == "choice":
        return _choice(old, new, answer)
    if old["kind"] == "order":
        return _order(old, new, answer)
    if old["kind"] == "bug":
        return _bug(old, new, answer)
    if old["kind"] == "output" and old["program"] != new["program"]:
        raise NotComparable("the program that was shown is another one now")
    return dict(answer)


def _choice(old: Mapping[str, Any], new: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    moved = _moved([one["text"] for one in old["options"]], [one["text"] for one in new["options"]])
    if any(index not in moved for index in answer["options"]):
        raise NotComparable("an option that was chosen is not there any more")
    return {**answer, "options": [moved[index] for index in answer["options"]]}


def _order(old: Mapping[str, Any], new: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    if old["indent"] != new["indent"]:
        raise NotComparable("indentation counts in one version and not in the other")
    before, after = marking.pieces(old), marking.pieces(new)
    moved = _paired([piece.text for piece in before], [piece.text for piece in after])
    there = {(piece.line, piece.distractor): piece.id for piece in after if piece.id not in moved.values()}
    if len(before) == len(
        after
    ):  # nothing was added or taken away, so the same place is the same line, reworded
        for piece in before:
            if piece.id not in moved and (piece.line, piece.distractor) in there:
                moved[piece.id] = there[piece.line, piece.distractor]
    if any(id_ not in moved for id_ in answer["lines"]):
        raise NotComparable("a line that was used is not there any more")
    return {**answer, "lines": [moved[id_] for id_ in answer["lines"]]}


def _bug(old: Mapping[str, Any], new: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    before, after = old["program"].splitlines(), new["program"].splitlines()
    moved: dict[int, int] = {}
    for tag, low, high, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal" or (tag == "replace" and high - low == last - first):
            moved |= {low + step + 1: first + step + 1 for step in range(high - low)}
    if any(line not in moved for line in answer["lines"]):
        raise NotComparable("a line that was marked is not there any more")
    return {**answer, "lines": [moved[line] for line in answer["lines"]]}


def _moved(before: Sequence[str], after: Sequence[str]) -> dict[int, int]:
    """Old place -> new place; by text, and what is left by place when nothing was added or taken away."""
    moved = _paired(before, after)
    if len(before) == len(after):
        taken = set(moved.values())
        moved |= {place: place for place in range(len(before)) if place not in moved and place not in taken}
    return moved


def _paired(before: Sequence[str], after: Sequence[str]) -> dict[int, int]:
    """Places of equal texts; of texts that stand several times the first with the first."""
    left: dict[str, list[int]] = {}
    for place, text in enumerate(after):
        left.setdefault(text.strip(), []).append(place)
    return {place: left[text.strip()].pop(0) for place, text in enumerate(before) if left.get(text.strip())}
