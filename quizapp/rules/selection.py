"""Draws the questions of an interview from one bank or several, by a blueprint's sections and a seed."""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Candidate:
    """What drawing needs to know of a question."""

    id: str
    topic: str
    kind: str
    difficulty: int
    minutes: float = 0.0
    points: float = 1.0
    bank: str = ""


class PoolTooSmall(ValueError):
    """The bank has too few questions for a section that still had to be filled.

    Carries the section and counts, and the difficulty where it is the one of a mix that there are too few of.
    """

    def __init__(self, section: str, wanted: int, found: int, difficulty: int | None = None) -> None:
        of = "" if difficulty is None else f" of difficulty {difficulty}"
        super().__init__(f"the section “{section}” needs {wanted} questions{of}, and {found} are left for it")
        self.section = section
        self.wanted = wanted
        self.found = found
        self.difficulty = difficulty


def banks(blueprint: Mapping[str, Any]) -> tuple[str, ...]:
    """Every bank that a blueprint draws from, its own first."""
    named = [bank for section in blueprint["sections"] for bank in section.get("banks") or ()]
    needs_own = any(not section.get("banks") for section in blueprint["sections"])
    return tuple(dict.fromkeys([*([blueprint["bank"]] if needs_own else []), *named]))


def settled(blueprint: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Its sections with the banks that each draws from; one that names none draws from the blueprint's."""
    return [
        {**section, "banks": section.get("banks") or [blueprint["bank"]]} for section in blueprint["sections"]
    ]


def strands(section: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A section as sections of one difficulty each, by its mix, the easiest first; the section itself without one.

    A mix says how many questions there are of each difficulty: `{"2": 3, "3": 2}`, with text for keys as JSON has it.
    """
    mix = section.get("mix")
    if not mix:
        return [section]
    return [
        {**section, "difficulty": [int(degree)] * 2, "count": mix[degree], "mix": None}
        for degree in sorted(mix)
    ]


def admits(section: Mapping[str, Any], candidate: Candidate) -> bool:
    """Whether a blueprint's section may draw this question; one without banks may draw from any."""
    topics, kinds = section.get("topics", "any"), section.get("kinds", "any")
    homes, mix = section.get("banks"), section.get("mix")
    low, high = section.get("difficulty") or (1, 5)
    shortest, longest = section.get("minutes") or (0, math.inf)
    return (
        (not homes or candidate.bank in homes)
        and (topics == "any" or candidate.topic in topics)
        and (kinds == "any" or candidate.kind in kinds)
        and low <= candidate.difficulty <= high
        and (not mix or str(candidate.difficulty) in mix)
        and shortest <= candidate.minutes <= longest
    )


def expected_minutes(sections: Sequence[Mapping[str, Any]], pool: Sequence[Candidate]) -> float:
    """How many minutes a draw takes on average: each place of a section takes the mean of what the section admits."""
    total = 0.0
    for strand in itertools.chain.from_iterable(strands(section) for section in sections):
        admitted = [candidate.minutes for candidate in pool if admits(strand, candidate)]
        total += strand["count"] * sum(admitted) / max(1, len(admitted))
    return total


def draw(
    sections: Sequence[Mapping[str, Any]], pool: Sequence[Candidate], seen: AbstractSet[str], seed: int
) -> list[list[str]]:
    """Draw question ids for each section, the same for the same arguments, never one id twice.

    Sections may compete for the same questions, so places are filled by a matching: it finds a draw whenever
    there is one. It is grown with the questions the person has not seen, and only then with the others; as a
    matching that grows keeps every question it holds, as many unseen ones are used as can be. Within a section the
    topics take turns, so that it spreads over as many of them as it can. A section with a mix gets just so many of each
    difficulty. Raises PoolTooSmall.
    """
    chance = random.Random(seed)  # noqa: S311 - a draw that can be repeated, not a secret
    shuffled = sorted(pool, key=lambda candidate: candidate.id)
    chance.shuffle(shuffled)
    parts = [(number, strand) for number, section in enumerate(sections) for strand in strands(section)]
    places = [part for part, (_, strand) in enumerate(parts) for _ in range(strand["count"])]
    matching = _Matching(places)
    fresh = [candidate for candidate in shuffled if candidate.id not in seen]
    known = [candidate for candidate in shuffled if candidate.id in seen]
    for offered in (fresh, fresh + known):
        matching.grow([ids for section in sections for ids in _in_turns(section, offered, chance)])
    found: list[list[str]] = [[] for _ in parts]
    for place, question_id in matching.filled.items():
        found[places[place]].append(question_id)
    drawn: list[list[str]] = [[] for _ in sections]
    for (number, strand), ids in zip(parts, found, strict=True):
        if len(ids) < strand["count"]:
            degree = strand["difficulty"][0] if sections[number].get("mix") else None
            raise PoolTooSmall(strand["title"], strand["count"], len(ids), degree)
        drawn[number] += ids
    for ids in drawn:
        ids.sort()
        chance.shuffle(ids)
    return drawn


def _in_turns(
    section: Mapping[str, Any], offered: Sequence[Candidate], chance: random.Random
) -> list[list[str]]:
    """The ids that each strand of a section admits: one question of each topic, then a second one of each, and so on.

    What stands first in `offered` as a whole (the questions not seen) stays before the rest of its topic. Each section has its
    own order of topics, or all would begin with the same ones; a strand begins with those that the strands before it
    leave out.
    """
    admitted = [one for one in offered if admits(section, one)]
    topics = sorted({one.topic for one in admitted})
    chance.shuffle(topics)
    taken: Counter[str] = Counter()
    options = []
    for strand in strands(section):
        by_topic: dict[str, list[Candidate]] = {topic: [] for topic in topics}
        for one in admitted:
            if strand is section or one.difficulty == strand["difficulty"][0]:
                by_topic[one.topic].append(one)
        rounds = itertools.zip_longest(*(by_topic[topic] for topic in sorted(topics, key=taken.__getitem__)))
        in_turns = [one for turn in rounds for one in turn if one is not None]
        taken.update(one.topic for one in in_turns[: strand["count"]])
        options.append([one.id for one in in_turns])
    return options


class _Matching:
    """A matching of places to questions that grows along augmenting paths (Kuhn's algorithm)."""

    def __init__(self, places: Sequence[int]) -> None:
        self.places = places  # place -> strand
        self.filled: dict[int, str] = {}
        self._holder: dict[str, int] = {}

    def grow(self, options: Sequence[Sequence[str]]) -> None:
        for place in range(len(self.places)):
            if place not in self.filled:
                self._fill(place, options, set())

    def _fill(self, place: int, options: Sequence[Sequence[str]], tried: set[str]) -> bool:
        for question_id in options[self.places[place]]:
            if question_id in tried:
                continue
            tried.add(question_id)
            holder = self._holder.get(question_id)
            if holder is None or self._fill(holder, options, tried):
                self._holder[question_id] = place
                self.filled[place] = question_id
                return True
        return False
