"""What `quizapp questions check` proves, with real containers: questions with one fault each, checked together once."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from worker import checks

ROOT = Path(__file__).resolve().parents[2]

HEAD = """\
id: {id}
title: Doubling
level: fresher
topic: foundations-tooling
difficulty: 1
minutes: 5
points: 10
prompt: Write `double(number)`.
explanation: Twice as much.
references: [https://docs.python.org/3/]
covers: [doubling]
"""

CODE = """\
kind: code
files:
  app.py: |
    def double(number):
        return number
solution:
  app.py: |
    def double(number):
        return number * 2
samples: |
  from app import double


  def test_one():
      assert double(1) == 2, "double(1) should be 2"
tests: |
  from app import double


  def test_several():
      for number in (3, 5, -4):
          assert double(number) == 2 * number, f"double({number}) should be {2 * number}"


  def test_large():
      assert double(10**30) == 2 * 10**30, "double(10**30) should be exact"
mistakes:
  - title: Through a float
    note: Floats have 15 digits.
    files:
      app.py: |
        def double(number):
            return int(float(number) * 2)
    fails: [test_large]
"""

OUTPUT = """\
kind: output
program: |
  print("one")
  print("two")
expected: |
  one
  two
"""

BUG = """\
kind: bug
program: |
  def double(number):
      return number * 3
faulty:
  - line: number * 3
    reason: That is three times.
fixed: |
  def double(number):
      return number * 2
proof: |
  from app import double


  def test_double():
      assert double(3) == 6, "double(3) should be 6"
"""

TESTS = """\
kind: tests
program: |
  def double(number):
      return number * 2
offers: [double]
files:
  test_app.py: |
    from app import double
solution:
  test_app.py: |
    from app import double


    def test_some():
        assert double(2) == 4
        assert double(0) == 0
variants:
  - title: by adding
    changes: [{find: number * 2, replace: number + number}]
mutants:
  - title: squares
    note: Two is not enough.
    changes: [{find: number * 2, replace: number * number}]
  - title: adds one
    note: Any number but one.
    changes: [{find: number * 2, replace: number + 1}]
  - title: raises
    note: Call it.
    changes: [{find: number * 2, replace: number.double()}]
mistakes:
  - title: Zero only
    note: Zero is zero, whatever is done with it.
    files:
      test_app.py: |
        from app import double


        def test_zero():
            assert double(0) == 0
    fails: [squares, adds one]
"""

# One fault each: file name -> (text, how it is broken).
SOUND = CODE
FAULTS = {
    "solution-is-wrong": CODE.replace("return number * 2", "return number * 2 + (number > 4)"),
    "starter-is-enough": CODE.replace(
        "        return number\nsolution", "        return number + number\nsolution"
    ),
    "mistake-is-right": CODE.replace("int(float(number) * 2)", "number + number"),
    "mistake-fails-more": CODE.replace("int(float(number) * 2)", "number * 3"),
    "cheat-is-enough": CODE.replace(
        "  def test_large", "  def test_never_two():\n      assert double(7) != 7\n\n\n  def test_large"
    ),
    "slow": CODE.replace(
        "        return number * 2\n",
        "        while time.process_time() < 0.3:\n            pass\n        return number * 2\n",
    )
    .replace("solution:\n  app.py: |\n", "solution:\n  app.py: |\n    import time\n\n\n")
    .replace("tests: |", "limits: {cpu_seconds: 1.6}\ntests: |"),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root of question files: sound ones, and one for each fault."""
    root = tmp_path_factory.mktemp("questions")
    (root / "coverage.yaml").write_text("doubling: twice as much\n")
    bank = root / "drill"
    folder = bank / "foundations-tooling"
    folder.mkdir(parents=True)
    (bank / "bank.yaml").write_text("id: drill\ntitle: Drill\ndescription: For tests.\nvisibility: public\n")
    texts = {
        "sound": SOUND,
        "prints": OUTPUT,
        "prints-otherwise": OUTPUT.replace('print("two")', 'print("too")'),
        "prints-by-chance": OUTPUT.replace(
            'print("two")', 'print("two" if hash("x") % 1009 == 5 else hash("x"))'
        ),
        "program-ends-badly": OUTPUT.replace('print("two")', 'print("two")\n  1 / 0'),
        "points-well": BUG,
        "asks-for-tests": TESTS,
        "proves-nothing": BUG.replace("double(3) == 6", "double(0) == 0"),
        "mended-badly": BUG.replace("number * 2", "number * 4"),
        "prints-drawn": "parameters: [{word: one}, {word: a}]\n" + OUTPUT.replace("one", "<<word>>"),
        "prints-otherwise-once": "parameters: [{sum: 2 + 2, four: 4}, {sum: 2 + 3, four: 4}]\n"
        + OUTPUT.replace('"one"', "<<sum>>").replace("one", "<<four>>"),
        "doubles-drawn": "parameters: [{factor: 2}, {factor: 3}]\n"
        + CODE.replace("number * 2", "number * <<factor>>"),
        **FAULTS,
    }
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(HEAD.format(id=name) + text)
    return root


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    """Settings in which no broker runs already and no other questions are known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUIZAPP_VAR", str(tmp_path_factory.mktemp("var")))
        patch.delenv("QUIZAPP_BROKER_SOCKET", raising=False)
        patch.setenv("QUIZAPP_QUESTIONS", str(tmp_path_factory.mktemp("none")))
        patch.setenv("QUIZAPP_SANDBOX_POOL_SIZE", "4")
        patch.setenv("QUIZAPP_SANDBOX_MAX_RUNNING", "2")
        # The images first, by a process of their own, so that no check has to build them here.
        subprocess.run(
            [sys.executable, "-m", "sandbox.cli", "build"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
        yield patch


def run(*arguments: str) -> tuple[int, str, str]:
    """Run the command: its exit status and what it wrote to stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = checks.main(arguments)
    return status, out.getvalue(), err.getvalue()


class Checked:
    """The outcome of one check of the whole root."""

    def __init__(self, root: Path) -> None:
        self.status, written, self.progress = run(str(root), "--format", "json", "--jobs", "2")
        self.findings: list[dict[str, Any]] = json.loads(written)

    def of(self, name: str) -> list[dict[str, Any]]:
        return [finding for finding in self.findings if Path(finding["path"]).stem == name]


@pytest.fixture(scope="module")
def checked(root: Path, settings: pytest.MonkeyPatch) -> Checked:
    return Checked(root)


def line_of(root: Path, name: str, text: str) -> int:
    """The line of a question's file on which a text begins."""
    lines = (root / "drill" / "foundations-tooling" / f"{name}.yaml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip().startswith(text))


def test_sound_questions_have_no_findings(checked: Checked) -> None:
    assert checked.of("sound") == []
    assert checked.of("prints") == []
    assert checked.status == 1
    assert "sound: proved" in checked.progress


def test_a_solution_that_fails_is_found_at_its_tests(checked: Checked, root: Path) -> None:
    found = checked.of("solution-is-wrong")
    assert [one["code"] for one in found] == ["solution-fails", "solution-fails"]
    assert [one["line"] for one in found] == [
        line_of(root, "solution-is-wrong", "def test_several"),
        line_of(root, "solution-is-wrong", "def test_large"),
    ]
    assert "double(5) should be 10" in found[0]["message"]


def test_a_starter_that_passes_is_found(checked: Checked, root: Path) -> None:
    (found,) = checked.of("starter-is-enough")
    assert (found["code"], found["line"]) == ("starter-passes", line_of(root, "starter-is-enough", "files:"))


def test_a_mistake_that_passes_is_found(checked: Checked, root: Path) -> None:
    (found,) = checked.of("mistake-is-right")
    assert (found["code"], found["line"]) == ("mistake-passes", line_of(root, "mistake-is-right", "- title:"))


def test_a_mistake_that_fails_other_tests_is_found(checked: Checked, root: Path) -> None:
    (found,) = checked.of("mistake-fails-more")
    assert (found["code"], found["line"]) == (
        "mistake-fails-others",
        line_of(root, "mistake-fails-more", "fails:"),
    )
    assert "also fails test_one, also fails test_several" in found["message"]


def test_a_test_that_a_cheat_passes_is_found(checked: Checked, root: Path) -> None:
    found = checked.of("cheat-is-enough")
    assert {one["code"] for one in found} == {"cheat-passes"}
    assert {one["line"] for one in found} == {line_of(root, "cheat-is-enough", "def test_never_two")}
    cheats = " ".join(one["message"] for one in found)
    assert "functions that give None" in cheats
    assert "always giving 2" in cheats


def test_a_solution_near_the_limit_is_found(checked: Checked, root: Path) -> None:
    (found,) = checked.of("slow")
    assert (found["code"], found["line"]) == ("too-slow", line_of(root, "slow", "limits:"))


def test_output_that_differs_is_found_at_its_line(checked: Checked, root: Path) -> None:
    (found,) = checked.of("prints-otherwise")
    assert (found["code"], found["line"]) == ("wrong-output", line_of(root, "prints-otherwise", "two"))
    assert "claims 'two', the program prints 'too'" in found["message"]


def test_a_parameterised_question_is_proved_with_each_of_its_sets(checked: Checked, root: Path) -> None:
    assert checked.of("prints-drawn") == []
    (found,) = checked.of("prints-otherwise-once")
    assert found["message"].endswith(
        "claims '4', the program prints '5' (filled with sum = '2 + 3', four = 4)"
    )
    assert found["line"] == line_of(root, "prints-otherwise-once", "<<four>>")
    doubles = checked.of("doubles-drawn")
    assert {one["code"] for one in doubles} == {"solution-fails"}
    assert all(one["message"].endswith("(filled with factor = 3)") for one in doubles)


def test_output_that_changes_from_run_to_run_is_found(checked: Checked) -> None:
    (found,) = checked.of("prints-by-chance")
    assert found["code"] == "wrong-output"


def test_a_mutant_that_survives_and_a_mistake_that_finds_more_are_found(checked: Checked, root: Path) -> None:
    found = {one["code"]: one for one in checked.of("asks-for-tests")}
    assert set(found) == {"mutant-survives", "mistake-fails-others"}
    assert found["mutant-survives"]["line"] == line_of(root, "asks-for-tests", "- title: squares")
    assert found["mistake-fails-others"]["message"].endswith("kills adds one")


def test_a_proof_that_the_faulty_program_passes_is_found(checked: Checked, root: Path) -> None:
    (found,) = checked.of("proves-nothing")
    assert (found["code"], found["line"]) == ("proof-passes", line_of(root, "proves-nothing", "proof:"))


def test_a_mended_program_that_fails_its_proof_is_found(checked: Checked, root: Path) -> None:
    (found,) = checked.of("mended-badly")
    assert (found["code"], found["line"]) == ("solution-fails", line_of(root, "mended-badly", "fixed:"))
    assert "double(3) should be 6" in found["message"]


def test_a_program_that_ends_badly_is_found(checked: Checked, root: Path) -> None:
    (found,) = checked.of("program-ends-badly")
    assert (found["code"], found["line"]) == (
        "program-fails",
        line_of(root, "program-ends-badly", "program:"),
    )
    assert "ZeroDivisionError" in found["message"]


def test_one_file_is_checked_by_itself(root: Path, settings: pytest.MonkeyPatch) -> None:
    path = root / "drill" / "foundations-tooling" / "prints.yaml"
    status, written, progress = run(str(path))
    assert (status, written) == (0, "")
    assert "1/1 prints: proved" in progress
    assert "nothing to mend" in progress


def test_static_check_runs_nothing(root: Path, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("QUIZAPP_SANDBOX_DOCKER_HOST", "unix:///no/engine/here.sock")
    status, written, _ = run(str(root), "--static")
    settings.delenv("QUIZAPP_SANDBOX_DOCKER_HOST")
    assert (status, written) == (0, "")


def test_findings_of_form_are_text_with_file_and_line(
    root: Path, settings: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bank = tmp_path / "drill"
    folder = bank / "foundations-tooling"
    folder.mkdir(parents=True)
    (tmp_path / "coverage.yaml").write_text("doubling: twice as much\n")
    (bank / "bank.yaml").write_text((root / "drill" / "bank.yaml").read_text())
    path = folder / "odd.yaml"
    path.write_text(HEAD.format(id="odd") + textwrap.dedent(OUTPUT).replace("program:", "programme:"))
    status, written, _ = run(str(tmp_path))
    assert status == 1
    assert f"{path}:13:1 unknown-key" in written


def test_without_an_engine_the_check_cannot_be_done(root: Path, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("QUIZAPP_SANDBOX_DOCKER_HOST", "unix:///no/engine/here.sock")
    path = root / "drill" / "foundations-tooling" / "sound.yaml"
    # A process of its own, as the engine's library leaves a socket open when it finds no engine.
    done = subprocess.run(
        [sys.executable, "-m", "worker.checks", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    settings.delenv("QUIZAPP_SANDBOX_DOCKER_HOST")
    assert (done.returncode, done.stdout) == (2, "")
    assert "quizapp questions check:" in done.stderr
    assert "nothing to mend" not in done.stderr


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    status, _, said = run(str(tmp_path / "nowhere.yaml"))
    assert status == 2
    assert "does not exist" in said
