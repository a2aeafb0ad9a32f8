"""What a blueprint could draw at this moment: how many questions fit each section, and what is too small or too long.

An outlook is worked out with the draw itself, so that it is right about sections that compete for the same questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from quizapp.rules import forms, selection
from quizapp.rules.selection import Candidate


@dataclass(frozen=True)
class Share:
    """One difficulty of a section's mix: how many questions it asks of it, and how many fit."""

    difficulty: int
    wanted: int
    available: int


@dataclass(frozen=True)
class Fit:
    """What fits one section. Minutes and points are those of a draw, by the means of what fits."""

    wanted: int
    available: int
    mix: Sequence[Share]  # empty: any of its difficulties
    open_to_practice: int  # of these, in a bank that everybody can practise
    retired: int  # would fit, and are drawn no more
    minutes: float
    points: float
    own_minutes: float | None  # of the section in all; None: no clock of its own

    @property
    def is_too_small(self) -> bool:
        """Whether the section could not be filled even alone."""
        return self.available < self.wanted or bool(self.too_few)

    @property
    def too_few(self) -> list[Share]:
        """The difficulties of its mix that it could not be filled with even alone."""
        return [share for share in self.mix if share.available < share.wanted]

    @property
    def is_too_short(self) -> bool:
        """Whether its own minutes are fewer than its questions take."""
        return self.own_minutes is not None and self.minutes > self.own_minutes

    @property
    def words(self) -> str:
        """The figures in a sentence's parts."""
        told = f"{_count(self.available)} available"
        if self.open_to_practice:
            told += f", {self.open_to_practice} of them open to practice"
        if self.mix:
            told += f"; {', '.join(f'{one.available} of difficulty {one.difficulty}' for one in self.mix)}"
        return told


@dataclass(frozen=True)
class Outlook:
    """What all sections together come to."""

    fits: Sequence[Fit]
    problem: str  # why it cannot be drawn; empty when it can
    short_section: int | None  # the section that the problem is about
    expected_percent: (
        float | None
    )  # of a form's points, by the authors' difficulty; None when it cannot be drawn

    @property
    def count(self) -> int:
        """How many questions are asked."""
        return sum(fit.wanted for fit in self.fits)

    @property
    def minutes(self) -> float:
        """How many minutes they take on average, by their authors."""
        return sum(fit.minutes for fit in self.fits)

    @property
    def points(self) -> float:
        """How many points there are on average."""
        return sum(fit.points for fit in self.fits)

    @property
    def open_to_practice(self) -> int:
        """How many of the questions that could be drawn everybody can practise, counted section by section."""
        return sum(fit.open_to_practice for fit in self.fits)


@dataclass(frozen=True)
class Size:
    """What a section comes to, in whole numbers; `is_exact`: it is the same in every draw, and no mean."""

    questions: int
    points: int
    minutes: int  # that its questions take, by their authors
    is_exact: bool


def sizes(sections: Sequence[Mapping[str, Any]], pool: Sequence[Candidate]) -> list[Size]:
    """What each section comes to before anything is drawn; empty when the pool is too small for one of them."""
    found = []
    for section in sections:
        strands = [
            (strand, [one for one in pool if selection.admits(strand, one)])
            for strand in selection.strands(section)
        ]
        if any(len(fitting) < strand["count"] for strand, fitting in strands):
            return []
        means = [_means(strand, fitting) for strand, fitting in strands]
        found.append(
            Size(
                section["count"],
                int(sum(points for _, points in means) + 0.5),
                int(sum(minutes for minutes, _ in means) + 0.5),
                all(_are_alike(strand, fitting) for strand, fitting in strands),
            )
        )
    return found


def total(found: Sequence[Size]) -> Size:
    """The sum of sections, as they are shown."""
    return Size(
        sum(one.questions for one in found),
        sum(one.points for one in found),
        sum(one.minutes for one in found),
        all(one.is_exact for one in found),
    )


def _are_alike(strand: Mapping[str, Any], fitting: Iterable[Candidate]) -> bool:
    """Whether it does not matter for points and minutes which of the fitting questions are drawn."""
    return len({(strand.get("points") or one.points, one.minutes) for one in fitting}) == 1


def outlook(
    sections: Sequence[Mapping[str, Any]],
    pool: Sequence[Candidate],
    retired: Iterable[Candidate] = (),
    public_banks: AbstractSet[str] = frozenset(),
) -> Outlook:
    """What the sections could draw from the pool; `public_banks` are those that are open to practice."""
    gone = list(retired)
    fits = [_fit(section, pool, gone, public_banks) for section in sections]
    numbered = [{**section, "title": str(number)} for number, section in enumerate(sections)]
    try:
        selection.draw(numbered, pool, frozenset(), 0)
    except selection.PoolTooSmall as short:
        number = int(short.section)  # two sections may have one title
        return Outlook(fits, _problem(sections[number]["title"], short, fits[number]), number, None)
    expected = round(100 * forms.mean_share(sections, pool), 1) if sections else None
    return Outlook(fits, "", None, expected)


def warnings(found: Outlook, minutes: float | None) -> list[str]:
    """What somebody who publishes it should know, in sentences; `minutes` is the length of the interview."""
    told = []
    if found.problem:
        told.append(found.problem)
    if minutes is not None and found.minutes > minutes:
        told.append(
            f"The questions take {found.minutes:.0f} minutes on average, by their authors, and the interview has {minutes:.0f}."
        )
    own = sum(fit.own_minutes or 0 for fit in found.fits)
    if minutes is not None and own > minutes:
        told.append(
            f"Sections have {own:.0f} minutes of their own, and the interview has {minutes:.0f}: it ends with its own, "
            "whatever its sections have."
        )
    if found.open_to_practice:
        told.append(
            "Some of the questions are open to practice, so candidates may know them. Draw from a bank for hiring instead."
        )
    return told


def notes(fit: Fit, *, is_short: bool) -> list[str]:
    """What is to be said of one section; `is_short` when the draw could not fill it."""
    told = [
        f"Too few of difficulty {share.difficulty}: {_count_asked(share.wanted)}, {share.available or 'none'} "
        f"{'fits' if share.available == 1 else 'fit'}."
        for share in fit.too_few
    ]
    if fit.is_too_small and not told:
        told.append(f"Too few: {fit.wanted} are asked.")
    elif is_short and not told:
        told.append("Too few: other sections draw from the same questions.")
    if fit.is_too_short:
        told.append(f"They take {fit.minutes:.0f} minutes on average; the section has {fit.own_minutes:.0f}.")
    if fit.retired:
        told.append(
            f"{_count(fit.retired, 'retired question')} would fit and {'is' if fit.retired == 1 else 'are'} drawn no more."
        )
    if fit.available and fit.available == fit.wanted and not is_short:
        told.append("Everybody gets the same ones.")
    return told


def _fit(
    section: Mapping[str, Any],
    pool: Iterable[Candidate],
    retired: Iterable[Candidate],
    public_banks: AbstractSet[str],
) -> Fit:
    admitted = [one for one in pool if selection.admits(section, one)]
    count, own = section["count"], section.get("own_minutes")
    means = [_means(strand, admitted) for strand in selection.strands(section)]
    return Fit(
        wanted=count,
        available=len(admitted),
        mix=[
            Share(
                strand["difficulty"][0],
                strand["count"],
                sum(selection.admits(strand, one) for one in admitted),
            )
            for strand in selection.strands(section)
            if section.get("mix")
        ],
        open_to_practice=sum(one.bank in public_banks for one in admitted),
        retired=sum(selection.admits(section, one) for one in retired),
        minutes=sum(minutes for minutes, _ in means),
        points=sum(points for _, points in means),
        own_minutes=own and float(own * (count if section.get("open") == "one" else 1)),
    )


def _means(strand: Mapping[str, Any], admitted: Iterable[Candidate]) -> tuple[float, float]:
    """Minutes and points of what a strand of a section draws, by the means of what fits it."""
    fitting = [one for one in admitted if selection.admits(strand, one)]
    count, each = strand["count"], max(1, len(fitting))
    minutes = count * sum(one.minutes for one in fitting) / each
    return minutes, count * (strand.get("points") or sum(one.points for one in fitting) / each)


def _problem(title: str, short: selection.PoolTooSmall, fit: Fit) -> str:
    told = f"It cannot be drawn: the section “{title}” asks {_count(short.wanted)}"
    if short.difficulty is not None:
        told += f" of difficulty {short.difficulty}"
    available = next((one.available for one in fit.mix if one.difficulty == short.difficulty), fit.available)
    if available < short.wanted:
        return f"{told}, and {available} fit it."
    return f"{told}, and {short.found} are left for it when the other sections have theirs."


def _count_asked(number: int) -> str:
    return "one is asked" if number == 1 else f"{number} are asked"


def _count(number: int, one: str = "question") -> str:
    return f"{number} {one}{'' if number == 1 else 's'}"
