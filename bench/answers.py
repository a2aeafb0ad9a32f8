"""Makes answers for the candidates of `crowd`, in bulk: choices, words and code, as long as people's are.

The code is made of what many write, what some write and what one writes, so that answers to one question have as much in
common as independent ones do; one in a hundred is a copy with other names.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from bench import crowd
from quizapp.extensions import db
from quizapp.models import Attempt, Question, QuestionVersion, Response, ResponseState
from quizapp.questions import load_library

SHIPPED = Path(__file__).resolve().parent.parent / "questions"
KINDS = (("choice", 4, 0), ("text", 1, 1), ("output", 2, 1), ("code", 2, 2))  # kind, how many, section
COPIES = 0.01
AT_ONCE = 2000
_USUAL, _SOME, _OWN = 7, 8, 7  # lines of an answer by how many write them
_CALLS = (
    "append",
    "get",
    "items",
    "split",
    "strip",
    "pop",
    "setdefault",
    "update",
    "join",
    "lower",
    "index",
    "count",
)
_FUNCTIONS = (
    "len",
    "sorted",
    "sum",
    "str",
    "int",
    "list",
    "dict",
    "set",
    "max",
    "min",
    "range",
    "enumerate",
    "zip",
)


def questions() -> list[tuple[int, dict[str, Any], int]]:
    """Shipped questions in the crowd's bank: the number of the version, its content, and the section it is asked in."""
    shipped = load_library([SHIPPED]).questions
    made = []
    for kind, count, section in KINDS:
        fitting = (one for one in shipped if one.kind == kind and not one.to_content().get("parameters"))
        for question in islice(fitting, count):
            content = question.to_content()
            keys = ("id", "title", "kind", "level", "topic", "difficulty", "minutes", "points")
            db.session.add(Question(bank_id="crowd", **{key: content[key] for key in keys}))
            db.session.flush()
            version = QuestionVersion(
                question_id=content["id"], content_hash="crowd", content=content, created_at=crowd.NOW
            )
            db.session.add(version)
            db.session.flush()
            made.append((version.id, content, section))
    db.session.commit()
    return made


def answer_all(interview_id: str, asked: Sequence[tuple[int, dict[str, Any], int]]) -> int:
    """An answer of everybody who has finished to each of these questions; gives how many there are."""
    ended = select(Attempt.id).where(Attempt.interview_id == interview_id, Attempt.finished_at.is_not(None))
    rows = _rows(list(db.session.scalars(ended.order_by(Attempt.id))), asked)
    count = 0
    while some := list(islice(rows, AT_ONCE)):
        db.session.execute(insert(Response), some)
        count += len(some)
    db.session.commit()
    return count


def _rows(
    attempts: Sequence[int], asked: Sequence[tuple[int, dict[str, Any], int]]
) -> Iterator[dict[str, Any]]:
    chance = random.Random(7)
    before: dict[str, str] = {}
    for attempt in attempts:
        for position, (version, content, section) in enumerate(asked, 1):
            yield {
                "attempt_id": attempt, "question_id": content["id"], "version_id": version, "position": position,
                "section": section, "seed": 0, "answer": _answer(content, chance, before), "revision": 3,
                "saved_at": crowd.NOW, "state": ResponseState.MARKED, "points": float(chance.randint(0, 5)),
                "max_points": 5.0, "is_solved": False, "tries": 1, "hints_used": 0, "is_flagged": False,
            }  # fmt: skip


def _answer(content: dict[str, Any], chance: random.Random, before: dict[str, str]) -> dict[str, Any]:
    if content["kind"] == "choice":
        return {"options": [chance.randrange(len(content["options"]))]}
    if content["kind"] != "code":
        return {"text": chance.choice(("a redirect", "404", "it is a proxy", content["title"]))}
    name, given = next(iter(content["files"].items()))
    known = before.get(content["id"])
    if known and chance.random() < COPIES:
        return {"files": {name: renamed(known, chance)}}
    code = program(chance)
    before[content["id"]] = code
    return {"files": {name: f"{given}\n{code}"}}


def program(chance: random.Random) -> str:
    """A module of 20 statements, in functions of eight or so."""
    lines = [_line(random.Random(number)) for number in range(_USUAL) if chance.random() < 0.8]
    lines += [_line(random.Random(1000 + int(400 * chance.random() ** 2))) for _ in range(_SOME)]
    lines += [_line(chance) for _ in range(_OWN)]
    chance.shuffle(lines)
    parts = [lines[start : start + 8] for start in range(0, len(lines), 8)]
    return "\n\n".join(
        f"def step_{number}(given):\n" + "\n".join(f"    {line}" for line in part)
        for number, part in enumerate(parts)
    )


def renamed(code: str, chance: random.Random) -> str:
    """The same program with other names, as somebody hides a copy."""
    word = chance.choice(("entry", "thing", "record", "piece"))
    return re.sub(r"\b(step_|name)(\d+)", rf"{word}_\1\2", code).replace("given", f"{word}s")


def _line(chance: random.Random) -> str:
    """A statement of 15 to 25 words, so that a run of eight says more than its grammar."""
    called = [chance.choice(_CALLS) for _ in range(3)]
    outer, inner = chance.choice(_FUNCTIONS), chance.choice(_FUNCTIONS)
    sign, other = chance.choice("+-*%"), chance.choice(("<", ">", "==", "in", "not in", "and", "or"))
    name = f"name{chance.randrange(6)}"
    return chance.choice((
        f"{name} = {outer}(given.{called[0]}({inner}({name} {sign} 1)).{called[1]}(key) {other} {name}.{called[2]}())",
        f"for {name} in {outer}({inner}(given.{called[0]}(key)).{called[1]}({name} {sign} 2)): {name}.{called[2]}(given)",
        f"if {outer}({name}.{called[0]}(given)) {other} {inner}(given.{called[1]}(key) {sign} 1): return {name}.{called[2]}()",
        f"return [{name}.{called[0]}({inner}(key)) {sign} 1 for {name} in {outer}(given.{called[1]}()) if {name}.{called[2]}()]",
    ))  # fmt: skip
