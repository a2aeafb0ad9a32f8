"""The questions of Moodle's formats, apart from their syntax, and what of ours they can hold.

choice is a multiple choice, text a short answer, order (without distractors, indentation and further orders) an ordering, and free
an essay. Programs, faulty lines, code and tests have no place there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quizapp.questions.exchange import labels, sections
from quizapp.questions.exchange.draft import Draft, NotHeld, Problem, Unreadable

FULL = 100.0
NEAR = 0.1  # fractions are written with five decimals: 33.33333
_STAR = re.compile(r"(?<!\\)\*")
WHAT_KINDS = "choice, text, order and free"


@dataclass(frozen=True)
class Answer:
    """One answer with the percent of the points it gives, and what is told to who gives it."""

    text: str
    percent: float
    feedback: str = ""


@dataclass(frozen=True)
class Item:
    r"""One question as Moodle knows it; all texts are Markdown.

    `kind` is multichoice, shortanswer, ordering or essay. A short answer's `*` is any text, `\*` itself.
    """

    kind: str
    name: str
    prompt: str
    line: int = 1
    id: str = ""
    answers: tuple[Answer, ...] = ()
    single: bool = True
    shuffle: bool = True
    ignores_case: bool = True
    points: float | None = None
    feedback: str = ""
    for_graders: str = ""
    hints: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def item_of(content: Mapping[str, Any]) -> Item:
    """Make the item of one of our questions. Raises NotHeld."""
    make = _MAKERS.get(content["kind"])
    if make is None:
        raise NotHeld(f"its kind is {content['kind']}; the format holds {WHAT_KINDS}")
    return make(
        content,
        {
            "name": content["title"],
            "prompt": content["prompt"].strip(),
            "id": content["id"],
            "points": float(content["points"]),
            "feedback": sections.with_references(content["explanation"], content["references"]),
            "hints": tuple(hint["text"].strip() for hint in content["hints"]),
        },
    )


def _choice(content: Mapping[str, Any], common: Mapping[str, Any]) -> Item:
    right = sum(option["correct"] for option in content["options"])
    single = content["select"] == "one"
    # As we mark: each right option a share, each wrong one takes a share away where several can be chosen.
    answers = tuple(
        Answer(
            option["text"].strip(),
            FULL / right if option["correct"] else 0.0 if single else -FULL / right,
            option["reason"].strip(),
        )
        for option in content["options"]
    )
    shuffle = content["shuffle"]
    return Item(
        "multichoice", answers=answers, single=single, shuffle=shuffle, tags=labels.tags_of(content), **common
    )


def _text(content: Mapping[str, Any], common: Mapping[str, Any]) -> Item:
    answers = [Answer(_starless(answer), FULL) for answer in content["accept"]]
    answers += [Answer(_moodle_pattern(pattern), FULL) for pattern in content["patterns"]]
    answers += [
        Answer(_starless(miss["answer"]), 0.0, miss["note"].strip()) for miss in content["near_misses"]
    ]
    case = "case" in content["normalise"]
    return Item(
        "shortanswer", answers=tuple(answers), ignores_case=case, tags=labels.tags_of(content), **common
    )


def _order(content: Mapping[str, Any], common: Mapping[str, Any]) -> Item:
    for key, what in (
        ("distractors", "distractors"),
        ("indent", "indentation"),
        ("also", "further right orders"),
    ):
        if content[key]:
            raise NotHeld(f"it has {what}, which an ordering there cannot have")
    lines = content["lines"]
    if any(line != line.strip() for line in lines):
        raise NotHeld("its lines are indented, and an ordering there loses that")
    answers = tuple(Answer(line, FULL) for line in lines)
    return Item("ordering", answers=answers, tags=labels.tags_of(content), **common)


def _free(content: Mapping[str, Any], common: Mapping[str, Any]) -> Item:
    tags = labels.tags_of(content, ("words",))
    return Item("essay", for_graders=sections.for_graders(content), tags=tags, **common)


_MAKERS = {"choice": _choice, "text": _text, "order": _order, "free": _free}


def _starless(answer: str) -> str:
    if "\\*" in answer or answer.endswith("\\"):
        raise NotHeld("an answer has a backslash where the format reads one as a sign of its own")
    return answer.replace("*", r"\*")


def _moodle_pattern(pattern: str) -> str:
    """Our pattern as Moodle's: there `*` alone is a wildcard, and a backslash means something only before it."""
    made = ""
    signs = iter(pattern)
    for sign in signs:
        if sign == "?":
            raise NotHeld("a pattern has ?, one character, which the format cannot say")
        escaped = next(signs, "") if sign == "\\" else ""
        made += r"\*" if escaped == "*" else escaped or sign
    if _our_pattern(made) != pattern:
        raise NotHeld("a pattern has a backslash where the format reads one as a sign of its own")
    return made


def _our_pattern(text: str) -> str:
    made = ""
    for number, part in enumerate(_STAR.split(text)):
        made += "*" if number else ""
        pieces = part.split(r"\*")
        made += r"\*".join(piece.replace("\\", "\\\\").replace("?", r"\?") for piece in pieces)
    return made


def draft_of(item: Item, notes: list[Problem]) -> Draft:
    """Make a draft of an item; what has no place in ours goes into `notes`. Raises Unreadable."""
    values = labels.values_of(item.tags)
    costs = values.pop("hint_costs", [])
    read = _READERS[item.kind](item, values, notes)
    feedback, graders = sections.from_graders(item.feedback) if item.kind == "essay" else (item.feedback, {})
    explanation, references = sections.without_references(feedback)
    common: dict[str, Any] = {"title": item.name, "prompt": item.prompt, "explanation": explanation}
    if item.id:
        common["id"] = item.id
    if item.points is not None:
        common["points"] = int(item.points) if item.points == int(item.points) else item.points
    if references:
        common["references"] = references
    if item.hints:
        costs += [0] * (len(item.hints) - len(costs))
        common["hints"] = [
            {"text": text, "cost": cost} for text, cost in zip(item.hints, costs, strict=False)
        ]
    return Draft(item.line, {**values, **common, **graders, **read})


def _read_choice(item: Item, values: dict[str, Any], notes: list[Problem]) -> dict[str, Any]:
    positive = [answer for answer in item.answers if answer.percent > 0]
    if item.single and [answer.percent for answer in positive] != [FULL]:
        message = f"'{item.name}' gives points for {len(positive)} options, and one can be chosen"
        raise Unreadable(item.line, message, "give 100 % to one option, and nothing to the others")
    if not positive:
        raise Unreadable(item.line, f"'{item.name}' has no right option", "give points to the right ones")
    share = FULL / len(positive)
    lost = 0.0 if item.single else -share
    if any(abs(a.percent - (share if a.percent > 0 else lost)) > NEAR for a in item.answers):
        message = f"'{item.name}' weighs its options otherwise; here right ones count alike, wrong ones take as much away"
        notes.append(Problem(item.line, message))
    options = []
    for number, answer in enumerate(item.answers, 1):
        if not answer.feedback:
            message = f"'{item.name}' says nothing of its option {number}"
            raise Unreadable(
                item.line, message, "write as feedback why it is right or wrong; it is shown afterwards"
            )
        right = {"correct": True} if answer.percent > 0 else {}
        options.append({"text": answer.text, **right, "reason": answer.feedback})
    shuffle = values.pop("shuffle", True) and item.shuffle
    select = "one" if item.single else "several"
    return {"kind": "choice", "select": select, **({} if shuffle else {"shuffle": False}), "options": options}


def _read_text(item: Item, values: dict[str, Any], notes: list[Problem]) -> dict[str, Any]:
    read: dict[str, Any] = {"kind": "text", "accept": [], "patterns": [], "near_misses": []}
    for answer in item.answers:
        plain = answer.text.replace(r"\*", "*")
        has_star = bool(_STAR.search(answer.text))
        if abs(answer.percent - FULL) < NEAR:
            read["patterns" if has_star else "accept"].append(
                _our_pattern(answer.text) if has_star else plain
            )
            if answer.feedback:
                notes.append(
                    Problem(
                        item.line, f"'{item.name}': what is told of the right answer {plain!r} is left out"
                    )
                )
        elif answer.percent > 0:
            message = f"'{item.name}' gives {answer.percent:g} % for {plain!r}"
            raise Unreadable(
                item.line, message, "give 100 % or nothing; a part of the points is not known here"
            )
        elif has_star or not answer.feedback:
            notes.append(Problem(item.line, f"'{item.name}': the wrong answer {plain!r} is left out"))
        else:
            read["near_misses"].append({"answer": plain, "note": answer.feedback})
    if not read["accept"]:
        message = f"'{item.name}' has no answer that is right as it stands"
        raise Unreadable(item.line, message, "write one without * that gives 100 %")
    normalise = values.pop("normalise", None)
    if normalise is None and not item.ignores_case:
        normalise = ["space"]
    extra = {} if normalise is None else {"normalise": normalise}
    return {key: value for key, value in read.items() if value} | extra


def _read_order(item: Item, _values: dict[str, Any], _notes: list[Problem]) -> dict[str, Any]:
    return {"kind": "order", "lines": [answer.text for answer in item.answers]}


def _read_free(item: Item, _values: dict[str, Any], _notes: list[Problem]) -> dict[str, Any]:
    _, graders = sections.from_graders(item.for_graders or item.feedback)
    if not graders:
        message = f"'{item.name}' has no model answer and rubric"
        hint = f"write them for its graders under {sections.MODEL_ANSWER!r} and {sections.RUBRIC!r}, as an export has them"
        raise Unreadable(item.line, message, hint)
    return {"kind": "free", **graders}


_READERS = {
    "multichoice": _read_choice,
    "shortanswer": _read_text,
    "ordering": _read_order,
    "essay": _read_free,
}


def weighted(percent: float) -> str:
    """Write a percentage as Moodle does: 100, 50, 33.33333, -50."""
    return f"{percent:.5f}".rstrip("0").rstrip(".")


def losses(content: Mapping[str, Any], *, has_hints: bool, has_case: bool) -> Iterator[str]:
    """Say what of a question that the format holds is otherwise there."""
    if content["hints"] and not has_hints:
        yield f"its hints are left out ({len(content['hints'])})"
    if content["kind"] == "text":
        rules = set(content["normalise"])
        known = {"space"} | ({"case"} if has_case else set())
        if rules - known - {"case"}:
            yield f"{' and '.join(sorted(rules - {'space', 'case'}))} count there, and not here"
        if not has_case and "case" not in rules:
            yield "capitals do not count there, and do here"
