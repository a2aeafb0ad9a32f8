"""The `quizapp` command: one table of what it can do; a command's modules are imported when it runs."""

import difflib
import gc
import importlib
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import NamedTuple


class Command(NamedTuple):
    """One thing the console command does."""

    words: str
    target: str
    """`module:function`. It gets the rest of the command line and returns an exit status."""
    summary: str


# Rows that share a function: it gets the last word too, to tell them apart.
COMMANDS = (
    Command("up", "worker.up:main", "serve the site on this machine: web, workers, sandbox, Redis, SQLite"),
    Command("worker", "worker.cli:main", "run the workers that grade submissions"),
    Command("sandbox build", "sandbox.cli:main", "build the images that candidates' code and tests run in"),
    Command("sandbox broker", "sandbox.cli:main", "run the broker, the only process that reaches Docker"),
    Command("sandbox check", "sandbox.cli:main", "try to break out of the sandbox and print what was held"),
    Command("sandbox grade", "worker.cases:main", "grade folders of files and tests from the command line"),
    Command("questions check", "worker.checks:main", "load all questions and prove them in the sandbox"),
    Command("questions sync", "quizapp.questions_sync:main", "publish the question files into the database"),
    Command("questions diff", "quizapp.questions_diff:main", "say what a sync would change, and for whom"),
    Command("questions new", "quizapp.questions.cli:main", "write a commented skeleton of a new question"),
    Command("questions schema", "quizapp.questions.cli:main", "write the JSON Schema that editors read"),
    Command("questions list", "quizapp.questions.cli:main", "list the questions with kind, level and topic"),
    Command("questions show", "quizapp.questions.cli:main", "show one question as it was read"),
    Command("regrade", "quizapp.regrade_cli:main", "mark answers again after a question was corrected"),
    Command(
        "questions export",
        "quizapp.questions.exchange.cli:main",
        "write questions for Moodle (XML or GIFT), a spreadsheet or Anki",
    ),
    Command(
        "questions import",
        "quizapp.questions.exchange.cli:main",
        "make question files of a Moodle XML, GIFT or CSV file",
    ),
    Command("attempts credit", "quizapp.attempts_cli:main", "give a running attempt more time"),
    Command("backup", "quizapp.backup_cli:backup", "write everything that is kept into one file"),
    Command("restore", "quizapp.backup_cli:restore", "put a backup into an empty database"),
    Command(
        "scores rebuild", "quizapp.scores_cli:main", "add up the stored scores again and say what differed"
    ),
    Command(
        "retention", "quizapp.retention_cli:main", "list what old interviews are due to be ended, or end them"
    ),
    Command("transcript verify", "quizapp.transcripts.cli:main", "say what of a transcript is sound"),
    Command(
        "transcript keys", "quizapp.transcripts.cli:main", "print the keys that transcripts are signed with"
    ),
    Command("transcript new-key", "quizapp.transcripts.cli:main", "make a key that replaces the current one"),
    Command("db upgrade", "quizapp.database:main", "bring the database to the newest schema"),
    Command("users create", "quizapp.accounts_cli:main", "make an account with a role"),
    Command("users role", "quizapp.accounts_cli:main", "give an account another role"),
    Command(
        "users reset", "quizapp.accounts_cli:main", "print a link with which a person sets a new password"
    ),
    Command("users list", "quizapp.accounts_cli:main", "list the accounts and their roles"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that `argv` names and return its exit status; 2 when there is no such command."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("help", "--help", "-h"):
        print(overview())
        return 0
    if arguments[0] == "--version":
        print(f"quizapp {_version()}")
        return 0
    command = _named(arguments)
    if command is None:
        print(_unknown(arguments), file=sys.stderr)
        return 2
    return _run(command, arguments)


def overview() -> str:
    """All commands with a line each."""
    width = max(len(command.words) for command in COMMANDS)
    lines = [f"  quizapp {command.words:<{width}}  {command.summary}" for command in COMMANDS]
    return "\n".join(["What quizapp can do (each command explains itself with --help):", "", *lines])


def _named(arguments: Sequence[str]) -> Command | None:
    for count in (2, 1):
        words = " ".join(arguments[:count])
        for command in COMMANDS:
            if command.words == words:
                return command
    return None


def _run(command: Command, arguments: Sequence[str]) -> int:
    from quizapp.config import ConfigurationError  # noqa: PLC0415 - only a command that runs can be misconfigured

    used = len(command.words.split())
    is_shared = sum(other.target == command.target for other in COMMANDS) > 1
    module, _, name = command.target.partition(":")
    try:
        function: Callable[[list[str]], int] = getattr(_imported(module), name)
        return function(list(arguments[used - is_shared :]))
    except ConfigurationError as error:
        print(f"quizapp: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _imported(module: str) -> ModuleType:
    """Import the module of a command. What it brings along stays, so no garbage is looked for in it, then or later."""
    gc.disable()
    try:
        return importlib.import_module(module)
    finally:
        gc.freeze()
        gc.enable()


def _unknown(arguments: Sequence[str]) -> str:
    asked = " ".join(arguments[:2])
    under = [command for command in COMMANDS if command.words.split()[0] == arguments[0]]
    if under:
        choices = ", ".join(command.words.split()[1] for command in under if " " in command.words)
        return f"quizapp: `quizapp {arguments[0]}` wants one of: {choices}."
    close = difflib.get_close_matches(asked, [command.words for command in COMMANDS], n=1, cutoff=0.5)
    hint = f" Did you mean `quizapp {close[0]}`?" if close else " `quizapp help` lists all commands."
    return f"quizapp: there is no command `{asked}`.{hint}"


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow, and rarely wanted

    try:
        return version("quizapp")
    except PackageNotFoundError:
        return "(from a checkout)"


if __name__ == "__main__":
    sys.exit(main())
