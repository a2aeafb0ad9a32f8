"""Composing a mock: from topics, minutes and wishes to the sections of a blueprint that a bank can fill.

Three parts share the time: what one knows, reading code, writing code. Questions are added one by one to the part that
is furthest behind its share, as long as one of its mean length still fits, so the same wishes give the same blueprint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from quizapp.rules import selection
from quizapp.rules.selection import Candidate

# Part -> its kinds and its share of the time. Answers in people's own words are left out: nobody is there to grade them.
PARTS: dict[str, tuple[tuple[str, ...], float]] = {
    "Concepts": (("choice", "text"), 0.3),
    "Read code": (("output", "bug", "order"), 0.25),
    "Write code": (("code", "tests"), 0.45),
}
KINDS = tuple(kind for kinds, _ in PARTS.values() for kind in kinds)
LEAST_MINUTES, MOST_MINUTES, USUAL_MINUTES = 5, 180, 30
MOST_OF_A_PART = 40
# Air for reading and looking over: questions are planned for this share of the minutes.
PLANNED_SHARE = 0.9
# No question may take more of the time than this, or one draw would be a mock of a single task where several are wanted.
LONGEST_SHARE = 0.5


@dataclass(frozen=True)
class Wishes:
    """What somebody asks for. Empty topics and kinds mean all of them; difficulty is (least, most).

    `is_even` asks for as many questions of each difficulty, as far as the bank has them.
    """

    bank_id: str
    minutes: int = USUAL_MINUTES
    topics: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    difficulty: tuple[int, int] = (1, 5)
    is_even: bool = False


@dataclass(frozen=True)
class Part:
    """One part of the preview: how many questions fit the wishes, and how many of them a mock draws."""

    title: str
    kinds: tuple[str, ...]
    available: int
    too_long: int  # fit but for their length
    mean_minutes: float
    count: int
    section: dict[str, Any] = field(default_factory=dict)

    @property
    def note(self) -> str:
        """What is too small here; empty when nothing is."""
        if not self.available:
            return (
                "only longer ones fit; ask for more minutes" if self.too_long else "nothing fits your choice"
            )
        if not self.count:
            return "no time is left for one; ask for more minutes"
        return "all there are; the next mock asks the same" if self.count == self.available else ""


@dataclass(frozen=True)
class Composition:
    """What the bank gives for the wishes."""

    wishes: Wishes
    parts: Sequence[Part]
    empty_topics: Sequence[str]  # chosen, and nothing of them fits

    @property
    def count(self) -> int:
        """How many questions are drawn."""
        return sum(part.count for part in self.parts)

    @property
    def minutes(self) -> float:
        """How many minutes they take on average."""
        return sum(part.count * part.mean_minutes for part in self.parts)

    @property
    def is_short(self) -> bool:
        """Whether the bank has too little for the time."""
        return self.minutes < self.wishes.minutes / 2

    def blueprint(self, title: str, description: str) -> dict[str, Any]:
        """The blueprint in the form that files have, with the wishes beside it."""
        wishes = self.wishes
        return {
            "title": title,
            "bank": wishes.bank_id,
            "minutes": wishes.minutes,
            "description": description,
            "sections": [part.section | {"count": part.count} for part in self.parts if part.count],
            "pass_line": None,
            "composed": {
                "topics": list(wishes.topics),
                "kinds": list(wishes.kinds),
                "difficulty": list(wishes.difficulty),
                "even": wishes.is_even,
            },
        }


def compose(wishes: Wishes, pool: Sequence[Candidate]) -> Composition:
    """Share the minutes among the parts that the bank can fill."""
    parts = [_part(title, wishes, pool) for title in PARTS]
    parts = [part for part in parts if part.kinds]
    counts = _counts(parts, wishes.minutes * PLANNED_SHARE)
    fitting = {
        one.topic
        for one in pool
        if any(selection.admits(part.section, one) for part in parts if part.section)
    }
    return Composition(
        wishes=wishes,
        parts=[_counted(part, count, wishes, pool) for part, count in zip(parts, counts, strict=True)],
        empty_topics=[topic for topic in wishes.topics if topic not in fitting],
    )


def _part(title: str, wishes: Wishes, pool: Sequence[Candidate]) -> Part:
    kinds = tuple(kind for kind in PARTS[title][0] if not wishes.kinds or kind in wishes.kinds)
    is_alone = bool(wishes.kinds) and set(wishes.kinds) <= set(PARTS[title][0])
    longest = PLANNED_SHARE if is_alone else LONGEST_SHARE
    section: dict[str, Any] = {
        "title": title,
        "topics": list(wishes.topics) or "any",
        "kinds": list(kinds),
        "difficulty": list(wishes.difficulty),
        "minutes": [1, max(1, int(wishes.minutes * longest))],
        "points": None,
    }
    of_any_length = [one for one in pool if selection.admits(section | {"minutes": None}, one)]
    admitted = [one for one in of_any_length if selection.admits(section, one)]
    mean = sum(one.minutes for one in admitted) / max(1, len(admitted))
    return Part(title, kinds, len(admitted), len(of_any_length) - len(admitted), round(mean, 1), 0, section)


def _counted(part: Part, count: int, wishes: Wishes, pool: Sequence[Candidate]) -> Part:
    """The part with its number of questions, and with the mix that was wished for."""
    mix = _even_mix(part.section, count, pool) if wishes.is_even and count else {}
    if not mix:
        return replace(part, count=count)
    section = part.section | {"count": count, "mix": mix}
    minutes = selection.expected_minutes([section], pool)
    return replace(part, count=count, section=section, mean_minutes=round(minutes / count, 1))


def _even_mix(section: dict[str, Any], count: int, pool: Sequence[Candidate]) -> dict[str, int]:
    """As many of each difficulty as there can be; what does not divide evenly goes to the easier ones."""
    available = Counter(one.difficulty for one in pool if selection.admits(section, one))
    mix: Counter[int] = Counter()
    for _ in range(count):
        mix[
            min((one for one in sorted(available) if mix[one] < available[one]), key=lambda one: mix[one])
        ] += 1
    return {str(degree): mix[degree] for degree in sorted(mix)}


def _counts(parts: Sequence[Part], minutes: float) -> list[int]:
    counts = [0] * len(parts)
    left = minutes
    while True:
        behind = [
            (counts[number] * part.mean_minutes / PARTS[part.title][1], number)
            for number, part in enumerate(parts)
            if counts[number] < min(part.available, MOST_OF_A_PART) and part.mean_minutes <= left
        ]
        if not behind:
            return counts
        number = min(behind)[1]
        counts[number] += 1
        left -= parts[number].mean_minutes
