"""Many question files: read by several processes, remembered, and only as many as are asked for."""

from __future__ import annotations

import json
import multiprocessing
import signal
from pathlib import Path

import pytest

from quizapp.questions import load_library, loading, reading
from quizapp.questions.reading import MANY
from tests import drill
from tests.drill import add

SHIPPED = Path(__file__).parents[2] / "questions"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = drill.make(tmp_path / "questions")
    for number in range(3):
        add(root, f"q{number}")
    return root


@pytest.fixture
def read(monkeypatch) -> list[str]:
    """The names of the files that are read and checked, not remembered."""
    names: list[str] = []
    checked = loading.checked

    def noted(document):
        names.append(document.path.name)
        return checked(document)

    monkeypatch.setattr(reading, "checked", noted)
    return names


def test_the_shipped_banks_are_the_same_from_memory(tmp_path):
    memory = tmp_path / "memory"
    fresh = load_library([SHIPPED], cache=memory)
    again = load_library([SHIPPED], cache=memory)
    assert again == fresh
    assert load_library([SHIPPED], processes=2) == fresh


def test_several_processes_read_the_same_as_one(root, tmp_path):
    for number in range(MANY):
        add(root, f"more{number}", "7" if number % 100 == 0 else "url_for")
    alone = load_library([root])
    together = load_library([root], processes=2, cache=tmp_path / "memory")
    assert together == alone
    assert len(alone.findings) == MANY / 100
    assert load_library([root], processes=2, cache=tmp_path / "memory") == alone


def test_processes_end_also_where_this_one_does_something_else_when_it_is_told_to(root):
    for number in range(MANY):
        add(root, f"more{number}", "url_for")
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        load_library([root], processes=2)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert multiprocessing.active_children() == []


def test_what_has_not_changed_is_not_read_again(root, tmp_path, read):
    memory = tmp_path / "deep" / "memory"
    load_library([root], cache=memory)
    assert sorted(read) == ["q0.yaml", "q1.yaml", "q2.yaml"]
    read.clear()
    load_library([root], cache=memory)
    assert read == []
    add(root, "q1", "redirect")
    library = load_library([root], cache=memory)
    assert read == ["q1.yaml"]
    assert library.question("q1").to_content()["accept"] == ["redirect"]


def test_a_file_that_moves_is_held_to_the_rules_again(root, tmp_path):
    memory = tmp_path / "memory"
    load_library([root], cache=memory)
    (root / "drill" / "api").mkdir()
    (root / "drill" / "routing" / "q1.yaml").rename(root / "drill" / "api" / "q1.yaml")
    assert [finding.code for finding in load_library([root], cache=memory).findings] == ["topic-not-folder"]


def test_what_is_wrong_is_never_remembered(root, tmp_path, read):
    memory = tmp_path / "memory"
    add(root, "q1", "7")
    for _ in range(2):
        assert [finding.code for finding in load_library([root], cache=memory).findings] == ["wrong-type"]
    assert read.count("q1.yaml") == 2


@pytest.mark.parametrize("spoilt", ["", "\0", "one two\n", "a" * 100])
def test_a_spoilt_memory_is_no_memory(root, tmp_path, spoilt):
    memory = tmp_path / "memory"
    fresh = load_library([root], cache=memory)
    lines = memory.read_text(encoding="utf-8").split("\n")
    memory.write_text("\n".join([spoilt, lines[0][:60], lines[1][:-5], *lines[2:]]), encoding="utf-8")
    assert load_library([root], cache=memory) == fresh


def test_a_memory_that_cannot_be_written_harms_nothing(root, tmp_path):
    folder = tmp_path / "taken"
    folder.write_text("a file, where a folder should be")
    assert len(load_library([root], cache=folder / "memory").questions) == 3


def test_memory_keeps_only_what_is_still_there(root, tmp_path):
    memory = tmp_path / "memory"
    load_library([root], cache=memory)
    (root / "drill" / "routing" / "q0.yaml").unlink()
    load_library([root], cache=memory)
    kept = [json.loads(line.split(" ", 2)[2])["id"] for line in memory.read_text().split("\n") if line]
    assert sorted(kept) == ["q1", "q2"]


def test_only_what_is_asked_for_is_read_and_what_has_its_name(root, read):
    wanted = root / "drill" / "routing" / "q1.yaml"
    assert [question.id for question in load_library([root], only=[wanted]).questions] == ["q1"]
    assert read == ["q1.yaml"]
    (root / "second" / "routing").mkdir(parents=True)
    (root / "second" / "bank.yaml").write_text(drill.BANK.replace("drill", "second"), encoding="utf-8")
    twin = root / "second" / "routing" / "q1.yaml"
    twin.write_text(wanted.read_text(encoding="utf-8"), encoding="utf-8")
    assert [finding.code for finding in load_library([root], only=[twin]).findings] == ["duplicate-id"]


def test_a_blueprint_is_checked_with_all_its_questions(root):
    blueprint = root / "drill" / "blueprints" / "mock.yaml"
    blueprint.parent.mkdir()
    text = "id: mock\ntitle: A mock\nbank: drill\nminutes: 30\ndescription: Short.\n"
    blueprint.write_text(text + "sections: [{title: Any, count: 3}]\n", encoding="utf-8")
    assert not load_library([root], only=[blueprint]).findings
    assert not load_library([root], only=[root / "drill"]).findings
