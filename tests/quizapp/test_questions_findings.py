"""One golden case per code: a folder of bad files, and what `quizapp questions check --static` says of them.

A case lies in `findings/<code>/` over the files of `findings/_root`; `expected.txt` is the output. To write the expected
texts anew after a change of words: FINDINGS=write pytest tests/quizapp/test_questions_findings.py, then read the diff.
Codes that need the sandbox have their cases in tests/worker.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quizapp.questions.codes import CODES
from worker import checks

HERE = Path(__file__).parent / "findings"
ROOT = Path(__file__).parents[2]
PLACE = re.compile(
    r"(?P<path>[^:]+):(?P<line>\d+):(?P<column>\d+) (?P<code>[a-z0-9-]+) (?P<text>.+) \((?P<mend>.+)\)"
)


def huge(root: Path) -> None:
    """A file of 100 MB, which takes no room on a disk: nothing is written into it."""
    with (root / "drill" / "routing" / "huge.yaml").open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)


def dangling(root: Path) -> None:
    """A file that is there and cannot be opened, whoever reads it."""
    (root / "drill" / "routing" / "loop.yaml").symlink_to("loop.yaml")


def gone(root: Path) -> None:
    shutil.rmtree(root)


# Cases that no file in a repository can hold.
MADE: dict[str, Callable[[Path], None]] = {"too-large": huge, "unreadable": dangling, "no-folder": gone}
STATIC = [code.name for code in CODES.values() if not code.proved]


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> Callable[[str], str]:
    """What the check says of a case, with paths below `questions/`."""

    def check(code: str) -> str:
        root = tmp_path / "questions"
        shutil.copytree(HERE / "_root", root)
        if (HERE / code).is_dir():
            shutil.copytree(HERE / code, root, dirs_exist_ok=True, ignore=lambda *_: ["expected.txt"])
        (root / "drill" / "routing").mkdir(exist_ok=True)
        MADE.get(code, lambda _: None)(root)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("QUIZAPP_QUESTIONS", "questions")
        assert checks.main(["--static"]) == (0 if CODES[code].is_advice else 1)
        return str(capsys.readouterr().out)

    return check


@pytest.mark.parametrize("code", STATIC)
def test_bad_files_get_the_findings_that_are_expected(code: str, said: Callable[[str], str]) -> None:
    output = said(code)
    expected = HERE / code / "expected.txt"
    if os.environ.get("FINDINGS") == "write":
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(output, encoding="utf-8")
    assert output == expected.read_text(encoding="utf-8")
    found = [PLACE.fullmatch(line) for line in output.splitlines()]
    assert all(found), "a finding has a place, a code, a message and how to mend it"
    assert code in {match["code"] for match in found if match}


def test_every_folder_belongs_to_a_code() -> None:
    assert {path.name for path in HERE.iterdir()} == {"_root", *STATIC}


def test_what_needs_the_sandbox_is_seen_in_the_tests_of_the_check() -> None:
    tests = (ROOT / "tests" / "worker").glob("test_*.py")
    seen = "".join(path.read_text(encoding="utf-8") for path in tests)
    assert {code.name for code in CODES.values() if code.proved and f'"{code.name}"' not in seen} == set()


def written_codes(path: Path) -> Iterator[str]:
    """The codes that a module gives: the first word in kebab case that a maker of findings is called with."""
    makers = {"Flaw", "Finding", "finding", "report", "_repeated"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            words = [
                text
                for text in texts
                if isinstance(text, str) and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text)
            ]
            if name in makers and words:
                yield words[0]
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "code":
            for part in ast.walk(node.value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and "-" in part.value:
                    yield part.value


def test_every_code_that_is_given_is_explained_and_the_other_way_round() -> None:
    modules = [*(ROOT / "quizapp" / "questions").rglob("*.py"), *(ROOT / "worker").glob("*.py")]
    given = {code for path in modules for code in written_codes(path)}
    assert {"tab", "unknown-key", "answer-in-prompt", "solution-fails"} <= given, "the scan sees nothing"
    assert given - set(CODES) == set(), "write what these codes mean into quizapp/questions/codes.py"
    made_of_parts = {"id-not-file", "id-not-folder", "topic-not-folder", "unknown-site"}
    source = "".join(path.read_text(encoding="utf-8") for path in modules if path.name != "codes.py")
    unused = {code for code in CODES if f'"{code}"' not in source} - made_of_parts
    assert unused == set(), "these codes are explained but nobody gives them"


def test_each_code_says_what_it_means_and_how_it_is_mended() -> None:
    for code in CODES.values():
        assert code.means.endswith(".")
        assert code.mend
        assert code.mend[0] not in "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "it stands in brackets behind the message"
