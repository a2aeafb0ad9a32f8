"""How much two answers to one question have in common, by fingerprints of their words.

Every run of `LENGTH` words is hashed; of every `WINDOW` runs in a row the smallest hash is kept (winnowing: Schleimer,
Wilkerson and Aiken, 2003), so that a passage of `LENGTH + WINDOW - 1` words in common always shows. What everybody was
given is left out, and so is what many wrote. The constants were chosen on the made set of the tests; see the README.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

from quizapp.rules.lexing import words

LENGTH = 8
WINDOW = 3
# A pair is listed from this share of the smaller answer's fingerprints on, and this many of them.
LISTED_SHARE = 0.4
LISTED_COUNT = 6
# What this share of the answers to a question hold, and more than this many of them, is what the exercise asks for.
COMMON_SHARE = 0.25
COMMON_COUNT = 4
MOST_PRINTS = 2000  # of one answer
MOST_PLACES = 20  # at which one run of words is looked for in an answer
# So many answers are needed before anything is said about what unrelated ones have in common.
ENOUGH_ANSWERS = 6


@dataclass(frozen=True)
class Gram:
    """One run of words: its hash, its file, and the lines it stands in (from 1)."""

    hash: int
    path: str
    first: int
    last: int


@dataclass(frozen=True)
class Likeness:
    """What two answers have in common: `common` of the `least` fingerprints of the smaller one."""

    common: int
    least: int

    @property
    def share(self) -> float:
        """0 to 1; 0 for answers too small to have fingerprints."""
        return self.common / self.least if self.least else 0.0

    @property
    def is_listed(self) -> bool:
        """Whether somebody should look at the two side by side."""
        return self.common >= LISTED_COUNT and self.share >= LISTED_SHARE


@dataclass(frozen=True)
class Expected:
    """What answers have in common that nobody has found alike: the middle pair's share, and what nine of ten stay below."""

    pairs: int
    middle: float
    most: float


def grams(files: Mapping[str, str]) -> list[Gram]:
    """All runs of words of all files, in their order."""
    found: list[Gram] = []
    for path, text in files.items():
        read = words(text)
        for start in range(len(read) - LENGTH + 1):
            run = read[start : start + LENGTH]
            found.append(Gram(_hash([word.text for word in run]), path, run[0].line, run[-1].line))
    return found


def hashes(texts: Iterable[str]) -> set[int]:
    """The hashes of all runs of the texts that everybody was given."""
    return {gram.hash for text in texts for gram in grams({"": text})}


def prints(files: Mapping[str, str], given: Collection[int] = ()) -> set[int]:
    """The fingerprints of an answer; `given` are the hashes of what everybody was given."""
    own = [gram.hash for gram in grams(files) if gram.hash not in given]
    kept = {min(own[start : start + WINDOW]) for start in range(max(1, len(own) - WINDOW + 1)) if own}
    return set(sorted(kept)[:MOST_PRINTS])


def likeness(one: Collection[int], other: Collection[int], frequent: Collection[int] = ()) -> Likeness:
    """What two answers have in common, without the fingerprints that many answers hold."""
    first, second = set(one).difference(frequent), set(other).difference(frequent)
    return Likeness(len(first & second), min(len(first), len(second)))


def frequent_from(answers: int) -> int:
    """In how many of so many answers a fingerprint has to be, to be what the exercise asks for."""
    return max(COMMON_COUNT, int(COMMON_SHARE * answers)) + 1


def frequent(answers: Sequence[Collection[int]]) -> set[int]:
    """The fingerprints that many of these answers hold."""
    counts: dict[int, int] = {}
    for answer in answers:
        for one in answer:
            counts[one] = counts.get(one, 0) + 1
    least = frequent_from(len(answers))
    return {one for one, count in counts.items() if count >= least}


def expected(answers: Sequence[Collection[int]], often: Collection[int]) -> Expected | None:
    """What unrelated ones of these answers have in common; None for too few. Pairs that would be listed are left out."""
    if len(answers) < ENOUGH_ANSWERS:
        return None
    shares = []
    for number, one in enumerate(answers):
        for other in answers[:number]:
            found = likeness(one, other, often)
            if not found.is_listed:
                shares.append(found.share)
    if len(shares) < 2:  # noqa: PLR2004 - nothing to divide
        return None
    tenths = quantiles(shares, n=10)
    return Expected(len(shares), tenths[4], tenths[8])


@dataclass(frozen=True)
class Passage:
    """A passage that stands in both answers: files and lines (from 1) in the one and the other."""

    number: int
    path: str
    first: int
    last: int
    other_path: str
    other_first: int
    other_last: int


def passages(
    one: Mapping[str, str], other: Mapping[str, str], left_out: Callable[[int], bool]
) -> list[Passage]:
    """Where the two have runs of words in common, in the order of the first. `left_out`: what everybody has."""
    own, others = grams(one), grams(other)
    places: dict[int, list[int]] = {}
    for index, gram in enumerate(others):
        places.setdefault(gram.hash, []).append(index)
    found: list[Passage] = []
    at = 0
    while at < len(own):
        starts = [] if left_out(own[at].hash) else places.get(own[at].hash, [])[:MOST_PLACES]
        lengths = [_run_length(own, others, at, start, left_out) for start in starts]
        if not lengths:
            at += 1
            continue
        length = max(lengths)
        start = starts[lengths.index(length)]
        found.append(_passage(len(found) + 1, own[at : at + length], others[start : start + length]))
        at += length
    return found


def _run_length(
    own: Sequence[Gram], others: Sequence[Gram], at: int, start: int, left_out: Callable[[int], bool]
) -> int:
    """For how many runs two answers go on alike, in one file each."""
    length = 0
    for gram, beside in zip(own[at:], others[start:], strict=False):
        is_same_place = gram.path == own[at].path and beside.path == others[start].path
        if gram.hash != beside.hash or not is_same_place or left_out(gram.hash):
            break
        length += 1
    return length


def _passage(number: int, own: Sequence[Gram], others: Sequence[Gram]) -> Passage:
    return Passage(
        number,
        own[0].path,
        own[0].first,
        own[-1].last,
        others[0].path,
        others[0].first,
        others[-1].last,
    )


def _hash(run: Sequence[str]) -> int:
    # 63 bits: both databases have whole numbers of 64 with a sign.
    digest = hashlib.blake2b("\0".join(run).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
