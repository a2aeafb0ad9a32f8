"""Rules of blueprints: that they can be drawn, that there is time for what is drawn, and who has seen it before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quizapp.questions.blueprint import Bank, Blueprint, Section
from quizapp.questions.content import canonical_json
from quizapp.questions.document import Route
from quizapp.questions.flaw import Flaw
from quizapp.questions.schema import Question
from quizapp.rules.selection import (
    Candidate,
    PoolTooSmall,
    admits,
    draw,
    expected_minutes,
    settled,
    strands,
)

# What two questions may differ in and still ask the same.
_NOT_ASKED = frozenset(
    {"id", "title", "tags", "covers", "references", "level", "topic", "difficulty", "minutes", "points"}
)


@dataclass(frozen=True)
class Pool:
    """The banks that a blueprint draws from, its own first, and what the questions of all public banks ask (see `asked`)."""

    bank: Bank
    shelves: Sequence[tuple[Bank, Sequence[Question]]]
    practised: frozenset[str] = frozenset()

    def candidates(self) -> list[Candidate]:
        """What drawing needs to know of all questions."""
        return [candidate(one, bank.id) for bank, questions in self.shelves for one in questions]


def kind_of(blueprint: Blueprint, bank: Bank) -> str:
    """Give `mock` or `hiring`: what the blueprint says, else what its bank is for."""
    return blueprint.interview or ("mock" if bank.visibility == "public" else "hiring")


def asked(question: Question) -> str:
    """Give a text that is the same for questions that ask the same, whatever they are called."""
    return canonical_json(
        {key: value for key, value in question.to_content().items() if key not in _NOT_ASKED}
    )


def candidate(question: Question, bank: str = "") -> Candidate:
    """Give what drawing needs to know of a question."""
    return Candidate(
        question.id, question.topic, question.kind, question.difficulty, question.minutes, bank=bank
    )


def blueprint_flaws(blueprint: Blueprint, pool: Pool) -> Iterator[Flaw]:
    """Give what is wrong with one blueprint and the questions it draws from."""
    ranges = list(_range_flaws(blueprint))
    yield from ranges or _drawing_flaws(blueprint, pool.candidates())
    yield from _showing_flaws(blueprint, pool)
    yield from _secrecy_flaws(blueprint, pool)


def _range_flaws(blueprint: Blueprint) -> Iterator[Flaw]:
    for index, section in enumerate(blueprint.sections):
        for name in ("difficulty", "minutes"):
            wanted = getattr(section, name)
            if wanted is not None and wanted[0] > wanted[1]:
                route = ("sections", index, name)
                yield Flaw(
                    route, "out-of-range", f"{name}: the least is above the most", "write [least, most]"
                )
        yield from _mix_flaws(index, section)


def _mix_flaws(index: int, section: Section) -> Iterator[Flaw]:
    """Give a mix that is not what its section asks: in all another number, or difficulties that it leaves out."""
    if not section.mix:
        return
    total, (least, most) = sum(section.mix.values()), section.difficulty
    if total != section.count:
        message = f"mix: it adds up to {total}, and '{section.title}' asks {section.count}"
        yield Flaw(("sections", index, "mix"), "wrong-mix", message, "change the mix or the count")
    for degree in section.mix:
        if not least <= int(degree) <= most:
            message = f"mix: {degree} is none of the difficulties {least} to {most} of '{section.title}'"
            hint = "change the mix, or leave `difficulty` out: the mix says it already"
            yield Flaw(("sections", index, "mix", degree), "wrong-mix", message, hint)


def _drawing_flaws(blueprint: Blueprint, candidates: Sequence[Candidate]) -> Iterator[Flaw]:
    sections = settled(blueprint.model_dump())
    short = list(_shortages(sections, candidates))
    for index, problem in short:
        route: Route = ("sections", index)
        if problem.difficulty is not None:
            route = (*route, "mix", str(problem.difficulty))
        hint = "questions are not drawn twice; lower the count or write more"
        yield Flaw(route, "too-few-questions", f"cannot be drawn: {problem}", hint)
    if short:
        return
    yield from _own_time_flaws(blueprint, candidates)
    minutes = expected_minutes(sections, candidates)
    if minutes > blueprint.minutes:
        message = f"gives {blueprint.minutes} minutes for questions that take {minutes:.0f} on average"
        yield Flaw(
            ("minutes",), "too-little-time", message, "draw fewer or shorter questions, or give more time"
        )


def _shortages(
    sections: Sequence[Mapping[str, Any]], candidates: Sequence[Candidate]
) -> Iterator[tuple[int, PoolTooSmall]]:
    """Give the sections that cannot be filled: each that cannot even alone, else the first that the others leave too little."""
    alone = list(_shortages_alone(sections, candidates))
    yield from alone
    if alone:
        return
    numbered = [{**section, "title": str(index)} for index, section in enumerate(sections)]
    try:
        draw(numbered, candidates, seen=set(), seed=0)
    except PoolTooSmall as short:
        index = int(short.section)  # two sections may have one title
        title = sections[index]["title"]
        yield index, PoolTooSmall(title, short.wanted, short.found, short.difficulty)


def _shortages_alone(
    sections: Sequence[Mapping[str, Any]], candidates: Sequence[Candidate]
) -> Iterator[tuple[int, PoolTooSmall]]:
    for index, section in enumerate(sections):
        for strand in strands(section):
            found = sum(admits(strand, one) for one in candidates)
            if found < strand["count"]:
                degree = strand["difficulty"][0] if section.get("mix") else None
                yield index, PoolTooSmall(section["title"], strand["count"], found, degree)


def _own_time_flaws(blueprint: Blueprint, candidates: Sequence[Candidate]) -> Iterator[Flaw]:
    """Give sections whose own time is too short, and a sum of them that the interview has no time for."""
    timed = [
        (index, one, one.own_minutes * (one.count if one.open == "one" else 1))
        for index, one in enumerate(blueprint.sections)
        if one.own_minutes
    ]
    sections = settled(blueprint.model_dump())
    for index, section, own in timed:
        needed = expected_minutes([sections[index]], candidates)
        if needed > own:
            message = f"'{section.title}' gives {own} minutes for questions that take {needed:.0f} on average"
            hint = "draw fewer or shorter questions, or give the section more time"
            yield Flaw(("sections", index, "own_minutes"), "too-little-time", message, hint)
    total = sum(own for _, _, own in timed)
    if total > blueprint.minutes:
        message = f"gives {blueprint.minutes} minutes, and its sections {total} of their own"
        hint = (
            "the interview ends with its own minutes whatever its sections have; give it at least their sum"
        )
        yield Flaw(("minutes",), "too-little-time", message, hint)
    if blueprint.sections[-1].barrier:
        message = "has a barrier after its last section, where nothing comes"
        yield Flaw(
            ("sections", len(blueprint.sections) - 1, "barrier"), "out-of-range", message, "leave it out"
        )


def _showing_flaws(blueprint: Blueprint, pool: Pool) -> Iterator[Flaw]:
    """Give results that wait for a window without an end. That of an interview for hiring comes with its invitations."""
    is_mock = kind_of(blueprint, pool.bank) == "mock"
    if is_mock and blueprint.results == "after-window" and blueprint.closes is None:
        message = "shows results after its window, and has none that closes"
        yield Flaw(("results",), "missing-key", message, "write `closes`, or other `results`")


def _secrecy_flaws(blueprint: Blueprint, pool: Pool) -> Iterator[Flaw]:
    route = ("interview",) if blueprint.interview else ("bank",)
    is_hiring = kind_of(blueprint, pool.bank) == "hiring"
    if not is_hiring:
        secret = [
            bank.id
            for bank in (pool.bank, *(bank for bank, _ in pool.shelves))
            if bank.visibility == "hiring"
        ]
        if secret:
            message = f"is open to all, and '{secret[0]}' is a bank for hiring"
            yield Flaw(
                route, "hiring-in-mock", message, "write `interview: hiring`, or draw from a public bank"
            )
        return
    known = [
        one.id
        for bank, questions in pool.shelves
        for one in questions
        if bank.visibility == "public" or asked(one) in pool.practised
    ]
    if known:
        message = f"draws from {len(known)} questions that are open to practice, such as '{known[0]}'"
        hint = "candidates may know them; write questions for a bank with `visibility: hiring`"
        yield Flaw(route, "open-to-practice", message, hint)
