"""Measured difficulty: an Elo rating of questions from answers as they came in, beside which the author's guess stands.

Each answer is a match between a person and a question. What the person was expected to earn is the logistic function
of ability less difficulty, as in Rasch's model; both move by what came instead, less and less the more matches they
had (the uncertainty function 1 / (1 + 0.05 n) of Pelánek, 2016). Ratings are in logits; 0 is where everybody begins.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from quizapp.rules.forms import EXPECTED_SHARES
from quizapp.rules.statistics import Estimate, Z

SLOWING = 0.05
_EASIEST, _HARDEST = min(EXPECTED_SHARES), max(EXPECTED_SHARES)
_STEP = (EXPECTED_SHARES[_EASIEST] - EXPECTED_SHARES[_HARDEST]) / (_HARDEST - _EASIEST)


@dataclass(frozen=True)
class Rating:
    """A question's difficulty in logits with its standard error, and the ability of the average person.

    The error is that of Rasch's model with known abilities, one over the root of the information, so it is a little
    too small.
    """

    difficulty: float
    error: float
    average: float
    n: int

    @property
    def level(self) -> Estimate:
        """The same on the authors' scale from 1 to 5: by what the average person is expected to earn."""
        return Estimate(
            _level(self.difficulty - self.average),
            _level(self.difficulty - self.average - Z * self.error),
            _level(self.difficulty - self.average + Z * self.error),
            self.n,
        )


def ratings(answers: Iterable[tuple[Hashable, str, float]]) -> dict[str, Rating]:
    """Rate every question from (person, question, share of the points) in the order in which they were given."""
    ability: dict[Hashable, float] = defaultdict(float)
    difficulty: dict[str, float] = defaultdict(float)
    known: dict[Hashable, int] = defaultdict(int)
    met: dict[str, int] = defaultdict(int)
    told: dict[str, float] = defaultdict(float)
    for person, question, share in answers:
        expected = 1 / (1 + math.exp(difficulty[question] - ability[person]))
        surprise = share - expected
        ability[person] += surprise / (1 + SLOWING * known[person])
        difficulty[question] -= surprise / (1 + SLOWING * met[question])
        known[person] += 1
        met[question] += 1
        told[question] += expected * (1 - expected)
    if not ability:
        return {}
    average = sum(ability.values()) / len(ability)
    return {
        question: Rating(difficulty[question], 1 / math.sqrt(told[question]), average, met[question])
        for question in difficulty
    }


def _level(harder: float) -> float:
    share = 1 / (1 + math.exp(harder))
    level = _EASIEST + (EXPECTED_SHARES[_EASIEST] - share) / _STEP
    return min(float(_HARDEST), max(float(_EASIEST), level))
