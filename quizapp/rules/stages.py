"""The stages of an interview: runs of its sections between barriers that are passed one way."""

from __future__ import annotations

from collections.abc import Mapping
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
