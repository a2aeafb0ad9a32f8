"""Rules of parameterised questions: sets that fit together, and a sound question for every one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pydantic import ValidationError

from quizapp.questions.finding import suggestion
from quizapp.questions.flaw import Flaw
from quizapp.questions.schema import Question
from quizapp.rules import parameters

SETS = "parameters"


def set_flaws(question: Question) -> Iterator[Flaw]:
    """Give what is wrong with the sets and the placeholders, whatever the question asks."""
    sets = question.parameters
    if len(sets) == 1:
        yield Flaw((SETS,), "one-parameter-set", "has one parameter set, so nothing differs", "write another")
    names = set(sets[0])
    for index, values in enumerate(sets):
        for name in sorted(names ^ set(values)):
            message = f"has '{name}' in the first set or in this one, not in both"
            yield Flaw((SETS, index), "uneven-parameters", message, "give every set the same names")
        if values in sets[:index]:
            yield Flaw((SETS, index), "repeated", "repeats a set", "take one of them out")
    content = question.to_content()
    used = parameters.names_in(content)
    for name in sorted(used - names):
        yield Flaw(
            (SETS,),
            "unknown-parameter",
            f"has no '{name}', which <<{name}>> asks for",
            suggestion(name, names),
        )
    for name in sorted(names - used):
        yield Flaw(
            (SETS, 0, name), "unused-parameter", f"never uses '{name}'", f"write <<{name}>> or take it out"
        )
    for key in sorted(parameters.NEVER_FILLED - {SETS}):
        for name in sorted(parameters.names_in({key: content[key]}, fixed=True) & names):
            message = f"is the same for everybody, so <<{name}>> stays as it is"
            yield Flaw((key,), "misplaced-placeholder", message, "write it without the placeholder")


def filled_flaws(question: Question, rules: Callable[[Question], Iterator[Flaw]]) -> Iterator[Flaw]:
    """Give what `rules` find in the question filled with each set; what every set breaks is said once."""
    found: dict[Flaw, list[int]] = {}
    for index, values in enumerate(question.parameters):
        try:
            filled = question.filled(values)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                where = ".".join(str(step) for step in detail["loc"][1:])
                message = f"makes {where} unsound: {detail['msg'][0].lower()}{detail['msg'][1:]}"
                yield Flaw((SETS, index), "bad-parameter-set", message, "mend its values")
            continue
        for flaw in rules(filled):
            found.setdefault(flaw, []).append(index)
    for flaw, indexes in found.items():
        if len(indexes) == len(question.parameters):
            yield flaw
        else:
            told = parameters.told(question.parameters[indexes[0]])
            message = f"{flaw.message} (filled with {told})"
            yield Flaw(flaw.route, flaw.code, message, flaw.hint, flaw.line, flaw.column)
