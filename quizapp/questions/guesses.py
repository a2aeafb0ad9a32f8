"""What an author probably meant, so that a slip in one key does not hide what is wrong elsewhere."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from quizapp.questions.fields import KINDS
from quizapp.questions.flaw import Flaw
from quizapp.questions.markup import markup_flaws
from quizapp.questions.references import reference_flaws
from quizapp.questions.schema import QUESTION_MODELS, Question
from quizapp.questions.shape import existing, known_keys


def likely_kind(word: object) -> str | None:
    """Give the kind that a misspelt one stands for."""
    close = get_close_matches(str(word).lower(), KINDS, n=1, cutoff=0.6)
    return close[0] if close else None


def likely_question(value: dict[str, Any], kind: str, error: ValidationError | None) -> Question | None:
    """Give the question with misspelt keys put right and unknown ones left out; None if more than that is wrong."""
    meant = copy.deepcopy(value) | {"kind": kind}
    for detail in error.errors(include_url=False) if error else ():
        if detail["type"] not in ("extra_forbidden", "missing"):
            return None
        if detail["type"] == "missing":
            continue  # perhaps it is there under a misspelt name
        route = existing(value, detail["loc"])
        inside: Any = meant
        for step in route[:-1]:
            inside = inside[step]
        key = str(route[-1])
        if key not in inside:
            continue  # told twice: of a value that may have one of two forms, both are tried
        close = get_close_matches(key.lower(), known_keys(QUESTION_MODELS[kind], route), n=1, cutoff=0.6)
        item = inside.pop(key)
        if close:
            inside.setdefault(close[0], item)
    try:
        return QUESTION_MODELS[kind].model_validate(meant)
    except ValidationError:
        return None


def formless_flaws(value: dict[str, Any]) -> Iterator[Flaw]:
    """Give what can be seen in a file that has not the form of a question."""
    references = value.get("references")
    if isinstance(references, list):
        yield from reference_flaws([link if isinstance(link, str) else "" for link in references])
    yield from markup_flaws(value)
