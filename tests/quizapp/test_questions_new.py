"""Beginning a question, listing questions, and seeing what a sync would change."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from quizapp import questions_diff
from quizapp.questions import load_library, parse_question
from quizapp.questions.cli import main
from quizapp.questions.fields import KINDS
from quizapp.questions.skeletons import skeleton
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, choice, text
from tests.quizapp.sittings import start

BANK = "id: fresher\ntitle: Fresher\ndescription: For tests.\nvisibility: public\n"
REFERENCE = "https://flask.palletsprojects.com/en/stable/quickstart/#routing"


@pytest.fixture
def root(tmp_path: Path, monkeypatch) -> Path:
    """A root with a bank and no question."""
    (tmp_path / "fresher").mkdir()
    (tmp_path / "fresher" / "bank.yaml").write_text(BANK, encoding="utf-8")
    (tmp_path / "coverage.yaml").write_text("rm-routing: Routes.\n", encoding="utf-8")
    monkeypatch.setenv("QUIZAPP_QUESTIONS", str(tmp_path))
    return tmp_path


def begin(kind: str, id_: str = "a-new-one", *more: str) -> int:
    return main(["new", kind, "--bank", "fresher", "--topic", "routing", "--id", id_, *more])


def written(path: Path) -> None:
    """Write something else in place of each TODO."""
    count = iter(range(1000))
    text = path.read_text(encoding="utf-8")
    text = text.replace("https://flask.palletsprojects.com/en/stable/TODO/", REFERENCE)
    text = text.replace("covers: [TODO]", "covers: [rm-routing]")
    path.write_text(re.sub(r"TODO[^\"\n]*", lambda _: f"Words number {next(count)}", text), encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_a_skeleton_says_what_is_left_and_is_sound_when_that_is_written(kind, root, capsys):
    assert begin(kind) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path == root / "fresher" / "routing" / "a-new-one.yaml"
    found = load_library([root]).findings
    assert {finding.code for finding in found} == {"todo"}
    places = {(finding.line, finding.column) for finding in found}
    assert len(places) == path.read_text(encoding="utf-8").count("TODO"), "each TODO is told, all at once"
    written(path)
    library = load_library([root])
    assert [str(finding) for finding in library.findings] == []
    assert library.question("a-new-one").kind == kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_skeleton_explains_its_keys(kind):
    comments = [
        line for line in skeleton(kind, "x", level="fresher", topic="api").splitlines() if "  # " in line
    ]
    assert len(comments) >= 5


def test_a_word_todo_inside_a_text_is_no_part_to_write():
    one = skeleton(
        "text", "a-new-one", level="fresher", topic="routing", covers="rm-routing", reference=REFERENCE
    )
    count = iter(range(100))
    one = re.sub(r"TODO( [^\"\n]*)?", lambda _: f"List {next(count)} of TODO items", one)
    assert not isinstance(parse_question(one, Path("fresher/routing/a-new-one.yaml")), list)


def test_what_is_there_is_never_overwritten(root, capsys):
    assert begin("choice") == 0
    path = root / "fresher" / "routing" / "a-new-one.yaml"
    path.write_text("mine", encoding="utf-8")
    assert begin("choice") == 2
    assert main(["new", "choice", "--bank", "fresher", "--topic", "api", "--id", "a-new-one"]) == 2
    assert "has this id already; nothing is overwritten" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--bank", "freshers", "--id", "x"], "did you mean 'fresher'?"),
        (["--bank", "fresher", "--id", "../../x"], "lower case with hyphens"),
        (["--bank", "fresher", "--id", "X"], "lower case with hyphens"),
    ],
)
def test_a_place_that_nobody_would_read_is_refused(root, capsys, words, said):
    assert main(["new", "choice", "--topic", "routing", *words]) == 2
    assert said in capsys.readouterr().err
    assert not list(root.glob("*/*/*.yaml"))


def test_the_level_is_the_banks_unless_it_is_given(root, capsys):
    begin("text", "one", "--covers", "rm-routing")
    begin("text", "two", "--level", "experienced")
    first, second = (Path(line).read_text(encoding="utf-8") for line in capsys.readouterr().out.splitlines())
    assert "level: fresher" in first
    assert "covers: [rm-routing]" in first
    assert "level: experienced" in second


def test_the_list_is_an_array_for_programs_with_the_files_that_do_not_load(root, capsys):
    for id_ in ("sound", "unsound"):
        begin("choice", id_)
        written(root / "fresher" / "routing" / f"{id_}.yaml")
    (root / "fresher" / "routing" / "unsound.yaml").write_text("id: [", encoding="utf-8")
    capsys.readouterr()
    assert main(["list", "--json"]) == 1
    sound, unsound = json.loads(capsys.readouterr().out)
    assert {"id", "bank", "level", "topic", "kind", "difficulty", "status", "covers"} <= sound.keys()
    assert (sound["id"], sound["status"], sound["kind"], sound["covers"]) == (
        "sound",
        "active",
        "choice",
        ["rm-routing"],
    )
    assert (unsound["id"], unsound["status"], unsound["bank"], unsound["topic"], unsound["kind"]) == (
        "unsound",
        "broken",
        "fresher",
        "routing",
        None,
    )
    assert sound.keys() == unsound.keys()
    assert main(["list", "--json", "--kind", "code"]) == 1
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize("command", ["list", "new", "show"])
def test_help_explains_by_example(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"examples:\n  quizapp questions {command}" in capsys.readouterr().out


@pytest.fixture
def diff(
    settings, library: Shelf, make_app: Callable[..., Flask], monkeypatch, capsys
) -> Callable[..., list[str]]:
    """Run the command on the shelf: the lines that it writes."""
    for name in ("VAR", "DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        monkeypatch.setenv(f"QUIZAPP_{name}", str(settings[name]))

    def run(*words: str, status: int) -> list[str]:
        capsys.readouterr()
        assert questions_diff.main([*words, str(library.root)]) == status
        return str(capsys.readouterr().out).splitlines()

    return run


def test_diff_tells_what_a_sync_would_change(app: Flask, library: Shelf, diff: Callable[..., list[str]]):
    assert diff(status=0) == []
    library.question(choice("choice-1", points=3, prompt="Which one is it?"))
    library.question(choice("choice-9"))
    library.remove(text("text-1"))
    library.write("basics/routing/output-1.yaml", "id: [")
    library.remove(choice("choice-3"))
    library.question(choice("choice-3"), bank="secret")
    told = diff(status=1)
    assert told == [
        "changed  choice-1: points, prompt",
        "moved    choice-3: bank",
        "added    choice-9",
        "broken   output-1: its file does not load, the published version stays",
        "retired  text-1",
    ]
    assert diff(status=1) == told, "a look changes nothing"
    library.publish(app)
    assert [line.split()[0] for line in diff(status=1)] == ["broken"]


def test_diff_counts_the_open_attempts_that_keep_their_version(
    app: Flask, library: Shelf, candidate: Person, diff: Callable[..., list[str]]
):
    sitting = start(candidate)
    library.question(text("text-1", accept=["url_for", "flask.url_for"]))
    (line,) = diff(status=1)
    assert line == "changed  text-1: accept (1 interviews under way keep the version they began with)"
    (one,) = json.loads("\n".join(diff("--json", status=1)))
    assert one == {"id": "text-1", "what": "changed", "keys": ["accept"], "interviews": 1, "practising": 0}
    sitting.hand_in()
    (line,) = diff(status=1)
    assert line == "changed  text-1: accept"


def test_diff_needs_a_folder(library: Shelf, diff: Callable[..., list[str]]):
    assert questions_diff.main([str(library.root / "nowhere")]) == 2
