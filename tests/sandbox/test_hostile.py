"""Every hostile case through the real pool: its verdict, what is said of it, and the promises that hold for all."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.engine import Engine
from tests.sandbox import hostile_cases, hostile_table
from tests.sandbox.conftest import RunningBroker
from tests.sandbox.hostile_cases import read_case
from tests.sandbox.hostile_runs import Seen, Suite

NAMES = hostile_cases.names()


@pytest.fixture(scope="module")
def seen(request: pytest.FixtureRequest, broker: RunningBroker, engine: Engine) -> Iterator[dict[str, Seen]]:
    """What became of each case that this run asks for."""
    asked = {item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")}
    with tempfile.TemporaryDirectory(prefix="quizapp-hostile-") as folder:
        suite = Suite(broker, engine, Path(folder))
        yield suite.run([read_case(name) for name in NAMES if name in asked])


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_case_breaks_no_promise(seen: dict[str, Seen], name: str) -> None:
    assert not seen[name].faults, "\n".join(seen[name].faults)


def test_every_attack_is_covered_or_says_why_not() -> None:
    covering = hostile_table.covering()
    for attack, (_, told) in hostile_cases.attacks().items():
        if attack in covering:
            assert told == hostile_table.links(covering[attack]), f"{attack}: run `{hostile_table.COVERAGE}`"
        else:
            assert told.startswith("No case: "), f"{attack} has neither a case nor a reason"
            assert "not written yet" not in told, f"{attack} needs a case, or a reason why there can be none"


def test_every_case_names_attacks_of_the_list() -> None:
    assert set(hostile_table.covering()) <= set(hostile_cases.attacks())


def test_every_kind_of_attack_has_its_numbers_in_a_row() -> None:
    for letter in "XIFD":
        numbers = [int(name[1:]) for name in hostile_cases.attacks() if name[0] == letter]
        assert numbers == list(range(1, len(numbers) + 1))


def test_every_folder_is_a_case_or_a_task_of_cases() -> None:
    folders = {path.name for path in hostile_cases.FOLDER.iterdir() if path.is_dir()}
    assert folders == {*NAMES, *(read_case(name).task for name in NAMES)}


def test_the_published_table_has_every_case_as_it_is() -> None:
    published = hostile_table.published()
    assert set(published) == set(NAMES)
    for name in NAMES:
        case, row = read_case(name), published[name]
        assert row.title == case.title, f"{name}: run `{hostile_table.COMMAND} {name}`"
        assert row.expected == hostile_table.expected(case), f"{name}: run `{hostile_table.COMMAND} {name}`"
        assert set(row.seen.partition(" (")[0].split(" or ")) <= set(case.verdicts), row


@pytest.mark.parametrize("form", ["pytest", "unittest"])
def test_there_are_many_attempts_to_be_accepted_without_solving_the_task(form: str) -> None:
    cases = [read_case(name) for name in NAMES]
    assert sum(case.group == "integrity" and form in case.forms for case in cases) >= 60
