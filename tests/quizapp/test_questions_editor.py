"""The JSON Schema in an editor: a real YAML language server completes and flags while a question is typed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from quizapp.questions.schema import QUESTION_MODELS
from quizapp.questions.skeletons import skeleton
from tests.quizapp.language_server import ROOT, Editor

HEAD = """\
# yaml-language-server: $schema=../../schema.json
id: typed
kind: choice
"""


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """An editor on a file that lies where questions lie, below the published schema."""
    root = tmp_path_factory.mktemp("questions")
    shutil.copy(ROOT / "questions" / "schema.json", root)
    path = root / "fresher" / "routing" / "typed.yaml"
    path.parent.mkdir(parents=True)
    with Editor(path) as editor:
        yield editor


def test_keys_are_completed_for_the_kind(editor: Editor) -> None:
    editor.type(HEAD + "\n")
    offered = editor.completions(HEAD.count("\n"), 0)
    assert {"prompt", "options", "select", "shuffle", "explanation", "covers"} <= offered.keys()
    assert not {"program", "expected", "faulty", "rubric"} & offered.keys()


def test_values_are_completed(editor: Editor) -> None:
    editor.type(HEAD + "level: \nselect: \n")
    assert {"fresher", "experienced"} <= editor.completions(3, 7).keys()
    assert {"one", "several"} <= editor.completions(4, 8).keys()


def test_keys_are_completed_deep_inside(editor: Editor) -> None:
    editor.type(HEAD + "options:\n  - text: A\n    \n")
    assert {"correct", "reason"} <= editor.completions(5, 4).keys()


def test_a_wrong_key_is_flagged_while_it_is_typed(editor: Editor) -> None:
    flagged = editor.type(HEAD + "shufle: true\n")
    (wrong,) = [one for one in flagged if "shufle" in one["message"]]
    assert wrong["range"]["start"] == {"line": 3, "character": 0}
    assert not [one for one in editor.type(HEAD + "shuffle: true\n") if "shuf" in one["message"]]


def test_a_wrong_value_is_flagged_at_its_place(editor: Editor) -> None:
    flagged = editor.type(HEAD + "difficulty: 9\nselect: many\n")
    places = {one["range"]["start"]["line"]: one["message"] for one in flagged}
    assert "5" in places[3]
    assert "several" in places[4]


def test_a_key_explains_itself(editor: Editor) -> None:
    editor.type(HEAD + "difficulty: 2\n")
    assert "author's guess" in editor.hover(3, 3)


@pytest.mark.parametrize("kind", QUESTION_MODELS)
def test_nothing_is_flagged_in_a_sound_file(editor: Editor, kind: str) -> None:
    text = skeleton(kind, "typed", level="fresher", topic="routing", covers="rm-routing")
    assert [one["message"] for one in editor.type(text)] == []
