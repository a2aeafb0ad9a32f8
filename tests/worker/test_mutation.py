"""What `questions check --mutants` and `--repeat` find, with real containers: questions with one weakness each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.worker.test_checks import HEAD, line_of, run
from worker.mutation import LEAST_SHARE, average, summary

CLAMP = """\
kind: code
files:
  app.py: |
    def clamp(number):
        return number
solution:
  app.py: |
    TOP = 9


    def clamp(number):
        if number > TOP:
            return -TOP
        return -number
samples: |
  from app import clamp


  def test_small():
      assert clamp(3) == -3, "clamp(3) should be -3"
tests: |
  from app import clamp


  def test_near_the_top():
      assert clamp(8) == -8, "clamp(8) should be -8"
      assert clamp(9) == -9, "clamp(9) should be -9"


  def test_above_the_top():
      assert clamp(50) == -9, "clamp(50) should be -9"
mistakes:
  - title: Nothing is clamped
    note: What is too much?
    files:
      app.py: |
        def clamp(number):
            return -number
    fails: [test_above_the_top]
"""
SAME = "  - {mutant: 'app.py:5 > became >=', reason: 'At the top, both branches give the same.'}\n"

COUNT = (
    CLAMP.replace(
        """        if number > TOP:
            return -TOP
        return -number
samples""",
        """        count = 0
        while count < number and count < TOP:
            count += 1
        return -count
samples""",
    )
    + "equivalents:\n  - {mutant: 'app.py:6 < became <= (2)', reason: 'Which there is not.'}\n"
)
BY_CHANCE = CLAMP.replace(
    "    TOP = 9\n", "    import random\n\n    TOP = 9 if random.random() < 0.5 else 10\n"
).replace(
    "def test_near_the_top():\n",
    "def test_always():\n      assert clamp(1) == -1\n\n\n  def test_near_the_top():\n",
)

TEXTS = {
    "declared": CLAMP + "equivalents:\n" + SAME,
    "weak": CLAMP.replace("clamp(50) == -9", "clamp(50) < 0"),
    "stale": CLAMP
    + "equivalents:\n"
    + SAME
    + "  - {mutant: 'app.py:4 > became >=', reason: 'It stood there once.'}\n"
    + "  - {mutant: 'app.py:6 returned None', reason: 'It is noticed.'}\n",
    "loops": COUNT,
}


def write(root: Path, texts: dict[str, str]) -> Path:
    folder = root / "drill" / "foundations-tooling"
    folder.mkdir(parents=True)
    (root / "coverage.yaml").write_text("doubling: twice as much\n")
    (root / "drill" / "bank.yaml").write_text(
        "id: drill\ntitle: Drill\ndescription: For tests.\nvisibility: public\n"
    )
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(HEAD.format(id=name) + text)
    return root


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("questions"), TEXTS)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings in which no broker runs already and no other questions are known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUIZAPP_VAR", str(tmp_path_factory.mktemp("var")))
        patch.delenv("QUIZAPP_BROKER_SOCKET", raising=False)
        patch.setenv("QUIZAPP_QUESTIONS", str(tmp_path_factory.mktemp("none")))
        patch.setenv("QUIZAPP_SANDBOX_POOL_SIZE", "4")
        patch.setenv("QUIZAPP_SANDBOX_MAX_RUNNING", "2")
        yield


class Scored:
    """The outcome of one check of the whole root with `--mutants`."""

    def __init__(self, root: Path) -> None:
        self.status, written, self.progress = run(str(root), "--mutants", "--format", "json", "--jobs", "2")
        told = json.loads(written)
        self.findings: list[dict[str, Any]] = told["findings"]
        self.mutants: dict[str, Any] = told["mutants"]
        self.rows: dict[str, dict[str, Any]] = {row["question"]: row for row in self.mutants["questions"]}

    def of(self, name: str) -> list[dict[str, Any]]:
        return [finding for finding in self.findings if Path(finding["path"]).stem == name]


@pytest.fixture(scope="module")
def scored(root: Path, settings: None) -> Scored:
    return Scored(root)


def test_declared_equivalents_do_not_count(scored: Scored) -> None:
    row = scored.rows["declared"]
    assert (row["killed"], row["declared"], row["survived"], row["score"]) == (row["mutants"] - 1, 1, 0, 1.0)
    assert scored.of("declared") == []


def test_survivors_are_listed_with_their_line_and_what_is_different(scored: Scored, root: Path) -> None:
    survivors = {survivor["mutant"]: survivor for survivor in scored.rows["weak"]["survivors"]}
    assert survivors["app.py:1 9 became 10"] == {
        "mutant": "app.py:1 9 became 10",
        "line": line_of(root, "weak", "TOP = 9"),
        "difference": "-TOP = 9\n+TOP = 10",
    }
    assert scored.rows["weak"]["survived"] == len(survivors)


def test_weak_tests_are_a_finding_that_says_what_they_miss(scored: Scored, root: Path) -> None:
    (found,) = [finding for finding in scored.of("weak") if finding["code"] == "weak-tests"]
    assert scored.rows["weak"]["score"] < LEAST_SHARE
    assert found["line"] == line_of(root, "weak", "tests:")
    assert "app.py:1 9 became 10" in found["message"]


def test_a_declaration_that_fits_no_mutant_or_one_that_is_killed_is_found(scored: Scored, root: Path) -> None:
    first, second = scored.of("stale")
    assert (first["code"], second["code"]) == ("unknown-equivalent", "equivalent-killed")
    assert first["line"] == line_of(root, "stale", "- {mutant: 'app.py:4 >")
    assert "app.py:6 returned None" in second["message"]
    assert scored.rows["stale"]["declared"] == 1


def test_a_mutant_that_loops_is_cut_and_counts_as_noticed(scored: Scored) -> None:
    row = scored.rows["loops"]
    alive = {survivor["mutant"] for survivor in row["survivors"]}
    assert "app.py:7 removed statement" not in alive
    assert "app.py:7 += became -=" not in alive
    assert row["killed"] + row["survived"] + row["declared"] == row["mutants"]


def test_the_average_is_that_of_the_questions(scored: Scored) -> None:
    shares = [row["score"] for row in scored.rows.values()]
    assert scored.mutants["average"] == pytest.approx(sum(shares) / len(shares), abs=1e-3)
    assert scored.status == 1


def test_text_has_survivors_and_a_table_after_the_findings(root: Path, settings: None) -> None:
    path = root / "drill" / "foundations-tooling" / "declared.yaml"
    status, written, _ = run(str(path), "--mutants")
    assert status == 0
    *_, head, row, last = written.splitlines()
    assert head.split() == ["question", "mutants", "killed", "declared", "survived", "score", "seconds"]
    assert row.split()[:1] + row.split()[3:6] == ["declared", "1", "0", "100%"]
    assert "average score 100.0%" in last


def test_a_reference_that_passes_by_chance_is_found_at_its_tests(tmp_path: Path, settings: None) -> None:
    root = write(tmp_path / "questions", {"by-chance": BY_CHANCE})
    # Whether the check's own run passes is chance as well, so only what the repeats find is looked at.
    status, written, progress = run(str(root), "--repeat", "24", "--format", "json", "--jobs", "2")
    found = [finding for finding in json.loads(written) if finding["code"] == "flaky-reference"]
    assert [finding["line"] for finding in found] == [line_of(root, "by-chance", "def test_above_the_top")]
    assert "in 24 runs of the same solution test_above_the_top: " in found[0]["message"]
    assert status == 1
    assert "repeats of by-chance: mixed" in progress


def test_nothing_has_an_average_of_one() -> None:
    assert (average([]), summary([])["mutants"]) == (1.0, 0)
