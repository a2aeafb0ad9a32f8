"""The made set of answers that were copied or written independently, and how well copies are told apart by it.

Run as a module, it prints what `quizapp/README.md` quotes: `python -m tests.quizapp.similarity_set`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from quizapp.rules import fingerprints
from quizapp.rules.fingerprints import LISTED_COUNT, LISTED_SHARE, Likeness

FOLDER = Path(__file__).with_name("similarity")


@dataclass(frozen=True)
class Exercise:
    """One small exercise: name -> source of the independent answers, and of the copies of the first of them."""

    name: str
    given: str
    independent: dict[str, str]
    copies: dict[str, str]


@dataclass(frozen=True)
class Pair:
    """Two answers as one interview meets them: among all independent ones, with one copy."""

    exercise: str
    one: str
    other: str
    is_copy: bool
    likeness: Likeness


def exercises() -> list[Exercise]:
    """The whole set."""
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        parts = re.split(r"^=== (.+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        texts = dict(zip(parts[::2], parts[1::2], strict=True))
        found.append(
            Exercise(
                path.stem,
                texts["given"],
                {name: text for name, text in texts.items() if name.startswith("independent")},
                {name: text for name, text in texts.items() if name.startswith("copy")},
            )
        )
    return found


def pairs() -> Iterator[Pair]:
    """Every pair of the set: a copy with its source, and all that have nothing to do with each other."""
    for exercise in exercises():
        given = fingerprints.hashes([exercise.given])
        prints = {
            name: fingerprints.prints({"app.py": text}, given)
            for name, text in (exercise.independent | exercise.copies).items()
        }
        names = list(exercise.independent)
        for number, one in enumerate(names):
            for other in names[:number]:
                often = fingerprints.frequent([prints[name] for name in names])
                found = fingerprints.likeness(prints[one], prints[other], often)
                yield Pair(exercise.name, one, other, is_copy=False, likeness=found)
        for copy in exercise.copies:
            often = fingerprints.frequent([prints[name] for name in [*names, copy]])
            for number, other in enumerate(names):
                found = fingerprints.likeness(prints[copy], prints[other], often)
                yield Pair(exercise.name, copy, other, is_copy=number == 0, likeness=found)


@dataclass(frozen=True)
class Measured:
    """How well pairs from a share on are told apart."""

    share: float
    listed: int
    right: int
    copies: int

    @property
    def precision(self) -> float:
        """How many of the listed pairs are copies."""
        return self.right / self.listed if self.listed else 1.0

    @property
    def recall(self) -> float:
        """How many of the copies are listed."""
        return self.right / self.copies


def measured(all_pairs: list[Pair], share: float = LISTED_SHARE) -> Measured:
    """Precision and recall when pairs are listed from `share` on."""
    listed = [
        pair for pair in all_pairs if pair.likeness.share >= share and pair.likeness.common >= LISTED_COUNT
    ]
    return Measured(
        share, len(listed), sum(pair.is_copy for pair in listed), sum(pair.is_copy for pair in all_pairs)
    )


def left_out(all_pairs: list[Pair]) -> list[tuple[str, Measured]]:
    """Exercise -> how well its pairs are told apart by a threshold that was chosen on the other exercises only.

    It is half way between the least alike copy and the most alike independent answers.
    """
    told = []
    for exercise in exercises():
        others = [pair for pair in all_pairs if pair.exercise != exercise.name]
        least = min(pair.likeness.share for pair in others if pair.is_copy)
        most = max(pair.likeness.share for pair in others if not pair.is_copy)
        own = [pair for pair in all_pairs if pair.exercise == exercise.name]
        told.append((exercise.name, measured(own, (least + most) / 2)))
    return told


def main() -> None:
    """Print the figures for a range of thresholds, and the pairs that are nearest to the one that is used."""
    found = list(pairs())
    copies = sum(pair.is_copy for pair in found)
    print(f"{copies} copies among {len(found)} pairs of {len(exercises())} exercises")
    print(
        f"runs of {fingerprints.LENGTH} words, windows of {fingerprints.WINDOW}, at least {LISTED_COUNT} in common"
    )
    for share in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7):
        one = measured(found, share)
        used = "  <- used" if share == LISTED_SHARE else ""
        print(f"share {share:.2f}: precision {one.precision:.2f}, recall {one.recall:.2f}{used}")
    for name, one in left_out(found):
        told = f"precision {one.precision:.2f}, recall {one.recall:.2f}"
        print(f"{name} by a threshold of the others, {one.share:.2f}: {told}")
    for title, wanted in (("least alike copies", True), ("most alike independent answers", False)):
        ordered = sorted(
            (pair for pair in found if pair.is_copy is wanted), key=lambda pair: pair.likeness.share
        )
        print(title)
        for pair in ordered[:5] if wanted else ordered[-5:]:
            alike = pair.likeness
            print(
                f"  {alike.share:.2f} ({alike.common} of {alike.least}) {pair.exercise}: {pair.one}, {pair.other}"
            )


if __name__ == "__main__":
    main()
