"""Where the barriers of a blueprint stand: a table of cases."""

from __future__ import annotations

from typing import Any

import pytest

from quizapp.rules.stages import is_staged, stages


def blueprint(*sections: dict[str, Any]) -> dict[str, Any]:
    return {"sections": [{"title": f"S{number}", **section} for number, section in enumerate(sections)]}


PLAIN: dict[str, Any] = {}
TIMED = {"own_minutes": 10}
BARRED = {"barrier": True}


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        pytest.param([PLAIN, PLAIN, PLAIN], [(0, 1, 2)], id="nothing in the way"),
        pytest.param([BARRED, PLAIN, PLAIN], [(0,), (1, 2)], id="a barrier after the first"),
        pytest.param([PLAIN, BARRED, PLAIN], [(0, 1), (2,)], id="two sections share a part"),
        pytest.param([PLAIN, TIMED, PLAIN], [(0,), (1,), (2,)], id="a timed section is alone"),
        pytest.param([TIMED, TIMED], [(0,), (1,)], id="timed ones follow each other"),
        pytest.param([PLAIN, BARRED], [(0, 1)], id="no barrier where nothing comes after it"),
        pytest.param([TIMED], [(0,)], id="one section with a clock of its own"),
    ],
)
def test_barriers_cut_an_interview_into_parts(
    sections: list[dict[str, Any]], expected: list[tuple[int, ...]]
) -> None:
    made = blueprint(*sections)
    assert [part.sections for part in stages(made)] == expected
    assert is_staged(made) == (len(expected) > 1 or bool(sections[0].get("own_minutes")))


def test_a_part_is_named_after_its_sections_and_has_the_minutes_of_the_timed_one() -> None:
    first, second = stages(blueprint(PLAIN, BARRED, TIMED))
    assert (first.title, first.minutes, first.number) == ("S0, S1", None, 0)
    assert (second.title, second.minutes, second.first) == ("S2", 10, 2)


def test_a_blueprint_from_before_there_were_barriers_is_one_part() -> None:
    assert not is_staged(None)
    assert stages(None) == []
    assert not is_staged({"sections": [{"title": "All", "count": 3}]})
