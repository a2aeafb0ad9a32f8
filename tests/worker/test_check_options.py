"""What `quizapp questions check` reads and how it writes what it finds; nothing is run in the sandbox."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import fastjsonschema
import pytest

from quizapp.questions.codes import CODES
from quizapp.questions.finding import Finding
from quizapp.questions.reports import sarif
from tests import drill
from tests.drill import add
from worker import checks

SCHEMA = Path(__file__).parents[1] / "quizapp" / "sarif.schema.json"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with two questions that have one finding each, one of them in a file with an odd name."""
    root = drill.make(tmp_path / "the questions")
    add(root, "first", "7")
    add(root, "second", "8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUIZAPP_QUESTIONS", root.name)
    return root


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)


def test_text_has_place_code_message_and_what_to_do(root, capsys):
    assert checks.main(["--static"]) == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        f"the questions/drill/routing/{id_}.yaml:10:10 wrong-type accept[0] must be text (put quotes round it)"
        for id_ in ("first", "second")
    ]
    assert captured.err == "2 findings\n"


def test_json_has_the_same_in_fields(root, capsys):
    assert checks.main(["--static", "--format", "json"]) == 1
    first, second = json.loads(capsys.readouterr().out)
    assert first == {
        "path": "the questions/drill/routing/first.yaml",
        "line": 10,
        "column": 10,
        "code": "wrong-type",
        "message": "accept[0] must be text",
        "hint": "put quotes round it",
    }
    assert second["path"].endswith("second.yaml")


def test_sarif_keeps_to_its_standard_and_explains_every_code(root, capsys):
    is_sound = fastjsonschema.compile(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert checks.main(["--static", "--format", "sarif"]) == 1
    log = json.loads(capsys.readouterr().out)
    is_sound(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(CODES)
    assert all(rule["help"]["text"] and rule["shortDescription"]["text"] for rule in rules)
    found = run["results"][0]
    assert rules[found["ruleIndex"]]["id"] == found["ruleId"] == "wrong-type"
    place = found["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "the%20questions/drill/routing/first.yaml"
    assert place["region"] == {"startLine": 10, "startColumn": 10}
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_sarif_says_what_could_not_be_checked():
    is_sound = fastjsonschema.compile(json.loads(SCHEMA.read_text(encoding="utf-8")))
    log = sarif([Finding(Path("/a b/c.yaml"), 1, 1, "tab", "has a tab")], ["no engine answers"])
    is_sound(log)
    (run,) = log["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "no engine answers"
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "file:///a%20b/c.yaml"


def test_a_finding_without_a_hint_is_mended_as_its_code_says():
    assert str(Finding(Path("a.yaml"), 1, 2, "no-folder", "is not a folder")) == (
        f"a.yaml:1:2 no-folder is not a folder ({CODES['no-folder'].mend})"
    )


def test_changed_reads_what_the_branch_changes(root, capsys):
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "Ask")
    assert checks.main(["--static", "--changed"]) == 0
    assert "which main has too: 0 files differ" in capsys.readouterr().err

    git(root, "switch", "--quiet", "--create", "branch")
    add(root, "second", "9")
    git(root, "commit", "--quiet", "--all", "--message", "Ask otherwise")
    add(root, "third", "10")  # git does not know it yet
    assert checks.main(["--static", "--changed"]) == 1
    captured = capsys.readouterr()
    assert [Path(line.split(":")[0]).name for line in captured.out.splitlines()] == [
        "second.yaml",
        "third.yaml",
    ]
    assert "where this branch left main: 2 files differ" in captured.err

    assert checks.main(["--static", "--changed", str(root / "drill" / "routing" / "third.yaml")]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_change_of_the_bank_or_the_coverage_list_tells_of_all_that_it_breaks(root, capsys):
    add(root, "first")
    add(root, "second")
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "Ask")
    (root / "coverage.yaml").write_text("url-of: builds URLs\n", encoding="utf-8")
    assert checks.main(["--static", "--changed"]) == 1
    assert [line.split(":")[2].split()[1] for line in capsys.readouterr().out.splitlines()] == [
        "unknown-cover"
    ] * 2


def test_changed_outside_of_git_cannot_be_done(root, capsys, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(root.parent.parent))
    assert checks.main(["--static", "--changed"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "--changed asks git what changed" in captured.err
    assert "not a git repository" in captured.err


def test_changed_without_git_cannot_be_done(root, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(root))
    assert checks.main(["--static", "--changed"]) == 2
    assert "git is not installed" in capsys.readouterr().err


def test_changed_before_the_first_commit_cannot_be_done(root, capsys):
    git(root, "init", "--quiet")
    assert checks.main(["--static", "--changed"]) == 2
    assert "--changed asks git" in capsys.readouterr().err
