"""The case folders, graded by the real command through the real pool: each must get the verdict it names."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.sandbox.conftest import ROOT, RunningBroker

pytestmark = pytest.mark.docker

CASES = Path(__file__).resolve().parent / "cases"
FOLDERS = sorted(path.parent for path in CASES.glob("*/expected.json"))


def grade(
    *words: str, broker: RunningBroker | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    if broker is not None:
        environ["QUIZAPP_BROKER_SOCKET"] = str(broker.socket)
    return subprocess.run(
        [sys.executable, "-m", "worker.cases", *words],
        cwd=ROOT,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def graded(broker: RunningBroker) -> dict[str, dict[str, object]]:
    """What the command printed for every case folder, by its name."""
    done = grade(*map(str, FOLDERS), "--jobs", "4", broker=broker)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["case"] for line in lines] == [str(folder) for folder in FOLDERS]
    return {Path(str(line["case"])).name: line for line in lines}


@pytest.mark.parametrize("name", [folder.name for folder in FOLDERS])
def test_a_case_gets_its_verdict(graded: dict[str, dict[str, object]], name: str) -> None:
    expected = json.loads((CASES / name / "expected.json").read_text())
    verdict = graded[name]["verdict"]
    if expected["verdict"] == "rejected":  # a cheat: whichever way it is found out, it does not pass
        assert verdict not in {"accepted", "internal_error"}, json.dumps(graded[name], indent=1)
    else:
        assert verdict == expected["verdict"], json.dumps(graded[name], indent=1)


def test_a_line_has_what_a_reader_needs(graded: dict[str, dict[str, object]]) -> None:
    for line in graded.values():
        assert {"case", "verdict", "tests", "stdout", "stderr", "cpu_seconds", "wall_seconds"} <= set(line)
        tests = line["tests"]
        assert isinstance(tests, list)
        assert all(set(test) == {"name", "status", "message"} for test in tests)


def write(folder: Path, files: Mapping[str, str | bytes]) -> str:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(folder)


TESTS = "import unittest\nfrom app import f\n\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f(), 1)\n"


def test_the_solution_says_which_tests_must_pass(broker: RunningBroker, tmp_path: Path) -> None:
    skipping = TESTS.replace("    def test_f", "    @unittest.skipIf(f() == 2, 'two')\n    def test_f")
    solution = {"tests/test_app.py": skipping, "solution/app.py": "def f(): return 1\n"}
    folders = [
        write(tmp_path / "right", {"files/app.py": "def f(): return 1\n"} | solution),
        write(tmp_path / "skips", {"files/app.py": "def f(): return 2\n"} | solution),
        write(tmp_path / "wrong", {"files/app.py": "def f(): return 3\n"} | solution),
        write(
            tmp_path / "broken",
            {"files/app.py": "def f(): return 1\n"} | solution | {"solution/app.py": "f = None\n"},
        ),
    ]
    done = grade(*folders, broker=broker)
    verdicts = [json.loads(line)["verdict"] for line in done.stdout.splitlines()]
    assert verdicts == ["accepted", "wrong_answer", "wrong_answer", "internal_error"]


def test_an_object_cannot_stand_for_a_plain_value_of_the_solution(
    broker: RunningBroker, tmp_path: Path
) -> None:
    tests = "from app import f\ndef test_f():\n    assert len(f()) == 3\n"
    cheat = "class Any:\n    def __len__(self): return 3\ndef f(): return Any()\n"
    folder = write(
        tmp_path / "cheat",
        {"files/app.py": cheat, "solution/app.py": "def f(): return 'abc'\n", "tests/test_app.py": tests},
    )
    assert json.loads(grade(folder, broker=broker).stdout)["verdict"] == "wrong_answer"


def test_files_that_are_not_text_arrive_whole(broker: RunningBroker, tmp_path: Path) -> None:
    content = bytes(range(256)) * 100
    source = "import hashlib, pathlib\ndef f(): return hashlib.sha256(pathlib.Path('data/x.bin').read_bytes()).hexdigest()\n"
    import_hash = "import hashlib\nfrom app import f\ndef test_f():\n    assert f() == hashlib.sha256(bytes(range(256)) * 100).hexdigest()\n"
    folder = write(
        tmp_path / "binary",
        {"files/app.py": source, "files/data/x.bin": content, "tests/test_app.py": import_hash},
    )
    assert json.loads(grade(folder, broker=broker).stdout)["verdict"] == "accepted"


def test_packages_are_preloaded_when_asked_for(broker: RunningBroker, tmp_path: Path) -> None:
    source = "import sys\ndef f(): return int('flask_wtf' in sys.modules)\n"
    folder = write(tmp_path / "case", {"files/app.py": source, "tests/test_app.py": TESTS})
    assert json.loads(grade(folder, broker=broker).stdout)["verdict"] == "wrong_answer"
    assert json.loads(grade(folder, "--preload", "flask_wtf", broker=broker).stdout)["verdict"] == "accepted"


def test_a_folder_that_is_no_case_is_named(tmp_path: Path) -> None:
    done = grade(write(tmp_path / "empty", {"files/app.py": ""}))
    assert (done.returncode, done.stdout) == (2, "")
    assert "empty has no folder tests/" in done.stderr


def test_without_an_engine_one_line_says_so(tmp_path: Path) -> None:
    folder = write(tmp_path / "case", {"files/app.py": "", "tests/test_app.py": TESTS})
    done = grade(
        folder,
        QUIZAPP_SANDBOX_DOCKER_HOST=f"unix://{tmp_path}/no.sock",
        QUIZAPP_BROKER_SOCKET=str(tmp_path / "broker.sock"),
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "does not answer" in done.stderr
