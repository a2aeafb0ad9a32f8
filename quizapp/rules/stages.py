"""The stages of an interview: runs of its sections between barriers that are passed one way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Stage:
    """Sections that are open at the same time. A section with minutes of its own is a stage alone."""

    number: int  # from 0
    sections: tuple[int, ...]
    minutes: float | None  # None: only the interview's own clock runs
    title: str

    @property
    def first(self) -> int:
        """Its first section, which stands for it where its times are stored."""
        return self.sections[0]


def stages(blueprint: Mapping[str, Any] | None) -> list[Stage]:
    """The stages of a blueprint in their order; one that holds every section when it has no barrier.

    There is a barrier after a section that says so, and around each one with minutes of its own: its clock begins
    when it is entered, which has to be a step that people take on purpose.
    """
    runs: list[list[int]] = []
    sections = (blueprint or {}).get("sections", [])
    for number, section in enumerate(sections):
        before = sections[number - 1] if number else {}
        is_apart = before.get("barrier") or before.get("own_minutes") or section.get("own_minutes")
        if number and not is_apart:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [
        Stage(number, tuple(run), sections[run[0]].get("own_minutes"), _title(sections, run))
        for number, run in enumerate(runs)
    ]


def is_staged(blueprint: Mapping[str, Any] | None) -> bool:
    """Whether there is a barrier or a section with its own clock: without one, only the attempt's time counts."""
    sections = (blueprint or {}).get("sections", [])
    return any(section.get("own_minutes") for section in sections) or any(
        section.get("barrier") for section in sections[:-1]
    )


def _title(sections: list[Mapping[str, Any]], run: list[int]) -> str:
    return ", ".join(str(sections[number]["title"]) for number in run)


@dataclass(frozen=True)
class Asked:
    """A section as its author wrote it, and the sections of an attempt that it became: several, one question each."""

    title: str
    sections: tuple[int, ...]


def asked(sections: Sequence[Mapping[str, Any]]) -> list[Asked]:
    """The sections of an attempt put together as their author wrote them, which undoes `spread`."""
    found: list[Asked] = []
    number = 0
    while number < len(sections):
        title, count = _whole(sections, number)
        found.append(Asked(title, tuple(range(number, number + count))))
        number += count
    return found


def _whole(sections: Sequence[Mapping[str, Any]], first: int) -> tuple[str, int]:
    """The title of the section that this one begins, and how many it became."""
    title = str(sections[first]["title"])
    stem, sign, count = title.rpartition(", 1 of ")
    if sections[first].get("open") == "one" and sign and count.isdecimal():
        run = sections[first : first + int(count)]
        if [one["title"] for one in run] == [
            _single(stem, at, int(count)) for at in range(1, int(count) + 1)
        ]:
            return stem, int(count)
    return title, 1


def _single(title: str, number: int, count: int) -> str:
    """What one question's section is called."""
    return f"{title}, {number} of {count}" if count > 1 else title


def spread(
    sections: Sequence[Mapping[str, Any]], drawn: Sequence[Sequence[str]]
) -> tuple[list[dict[str, Any]], list[list[str]]]:
    """Sections whose questions are open one at a time, as sections of one question each with barriers between.

    `drawn` holds the ids drawn for each section; both come back in step. There is a barrier before the first of
    them, too: what came before is not gone back to.
    """
    wide: list[dict[str, Any]] = []
    ids: list[list[str]] = []
    for section, found in zip(sections, drawn, strict=True):
        if section.get("open") != "one":
            wide.append(dict(section))
            ids.append(list(found))
            continue
        if wide:
            wide[-1]["barrier"] = True
        single = {key: value for key, value in section.items() if key != "mix"}  # it was of all of them
        for number, one in enumerate(found, 1):
            title = _single(section["title"], number, len(found))
            wide.append({**single, "title": title, "count": 1, "barrier": True})
            ids.append([one])
    return wide, ids


def as_sat(blueprint: Mapping[str, Any]) -> dict[str, Any]:
    """The blueprint as a person goes through it, see `spread`."""
    places = [[""] * section["count"] for section in blueprint["sections"]]
    return {**blueprint, "sections": spread(blueprint["sections"], places)[0]}
