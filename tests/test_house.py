"""The house rules that no single test owns: directions, documentation, lock files."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from quizapp.cli import COMMANDS
from quizapp.cli import main as command_line

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PACKAGES = ("quizapp", "worker", "sandbox")


def source_files() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def settings_in_the_code() -> set[str]:
    """Every `QUIZAPP_...` name that the packages or the compose file read."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in source_files())
    text += (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    names = set(re.findall(r"\bQUIZAPP_[A-Z][A-Z_]*[A-Z]\b", text))
    names |= {
        f"QUIZAPP_{name}"
        for name in re.findall(r'(?:_flag|_number|_text|_one_of|secret_or_file)\("([A-Z_]+)"', text)
    }
    names |= {
        f"QUIZAPP_SANDBOX_{name}" for name in re.findall(r'_(?:text|number|numbers)\(env, "([A-Z_]+)"', text)
    }
    return names


def imported_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter has after a statement."""
    program = f"import sys\n{statement}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_application_leaves_docker_and_the_sandbox_alone() -> None:
    modules = imported_by("import quizapp; from quizapp import application, services, views")
    assert "quizapp.application" in modules
    assert not {name for name in modules if name.split(".")[0] in ("docker", "worker")}
    assert {name for name in modules if name.startswith("sandbox.")} <= {"sandbox.protocol"}


def test_a_plain_import_is_light() -> None:
    modules = imported_by("import quizapp, quizapp.cli, sandbox, worker")
    assert not {"flask", "sqlalchemy", "docker", "rq"} & modules


def test_import_directions_hold() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(linter)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.words)
def test_every_command_runs_and_is_in_the_readme(command, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"`quizapp {command.words}`" in README
    with pytest.raises(SystemExit) as exit_:
        command_line([*command.words.split(), "--help"])
    assert exit_.value.code == 0
    assert f"quizapp {command.words.split()[0]}" in capsys.readouterr().out


def test_an_unknown_command_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["qestions", "check"]) == 2
    assert "Did you mean `quizapp questions check`?" in capsys.readouterr().err


def test_half_a_command_names_the_other_halves(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["sandbox"]) == 2
    assert "build, broker, check, grade" in capsys.readouterr().err


def test_every_setting_is_in_the_readme() -> None:
    found = settings_in_the_code()
    assert {"QUIZAPP_VAR", "QUIZAPP_HTTPS", "QUIZAPP_DATABASE_URL", "QUIZAPP_SANDBOX_POOL_SIZE"} <= found
    missing = {name for name in found if name not in README and not name.startswith("QUIZAPP_SANDBOX_MAX_")}
    assert missing == set()


def test_every_folder_and_file_the_readme_names_is_there() -> None:
    named = set(
        re.findall(r"`((?:quizapp|worker|sandbox|questions|tests|bench|load|fuzz|scripts)/[\w./-]*)`", README)
    )
    assert "scripts/bootstrap" in named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_map_of_services_names_what_there_is() -> None:
    text = (ROOT / "quizapp" / "README.md").read_text(encoding="utf-8")
    table = text.partition("The services by what they are about:")[2].partition("`application.py`")[0]
    named = re.findall(r"`([a-z_]+)`", table)
    assert "attempts" in named
    assert [name for name in named if not (ROOT / "quizapp" / "services" / f"{name}.py").exists()] == []


def test_every_make_target_explains_itself() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = set(re.findall(r"make ([a-z-]+) ", done.stdout))
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony is not None
    assert listed == set(phony[1].split())


def test_lock_files_name_no_host_and_hash_everything() -> None:
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert len(locks) >= 5
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text, lock
        assert "--index" not in text, lock
        pins = re.findall(r"^[a-z0-9][\w.-]*==", text, re.MULTILINE)
        blocks = re.findall(
            r"^[a-z0-9][\w.-]*==[^\n]*\\\n(?:    --hash=sha256:[0-9a-f]{64}[^\n]*\n)+", text, re.MULTILINE
        )
        assert len(pins) == len(blocks) > 0, lock
    packages = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in packages
    # Where the authors of a package ask for support is no place that anything is fetched from.
    assert "://" not in re.sub(r'"url": "https://[^"]*"', "", packages)


def test_the_editor_is_not_the_old_one() -> None:
    # The npm package `codemirror` is CodeMirror 5 under a newer number.
    assert '"node_modules/codemirror"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")
