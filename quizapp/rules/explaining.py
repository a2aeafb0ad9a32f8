"""What happened, in sentences for whoever wrote the code, and the place in their file where Python stopped reading it."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from typing import Any

# What is said when nothing is known beside the verdict.
SENTENCES = {
    "accepted": "Every test passed.",
    "wrong_answer": "The code ran, and not every test passed.",
    "syntax_error": "Python could not read the code.",
    "runtime_error": "The code ended with an error.",
    "time_limit": "The code took longer than it may.",
    "memory_limit": "The code used more memory than it may.",
    "output_limit": "The code printed more than is kept, so it was stopped.",
    "cancelled": "Stopped. It counts nothing.",
    "internal_error": "A fault on our side, not in the code: nothing is counted. Whoever runs the site has been told.",
}
ENDED = "The code ran to its end."
RETRIED = "A fault on our side, not in the code: nothing is counted. It is being tried again, for the {number} time."
SYNTAX_ERRORS = frozenset({"SyntaxError", "IndentationError", "TabError"})
NUMBERS = {1: "first", 2: "second", 3: "third"}
AROUND = 2  # lines of code shown before and after the one that is meant
MOST_CHARACTERS = 200  # shown of one line


def sentence(verdict: str, scope: str, outcome: Mapping[str, Any], *, is_open: bool) -> str:
    """The sentence under the verdict's name. With `is_open` it may quote what an exception says.

    `scope` is "run", "sample" or "full"; `outcome` is the stored form of a sandbox outcome. A fault of ours is told
    in the same words whatever it was: its details are for whoever runs the site.
    """
    if verdict in {"internal_error", "cancelled"}:
        return SENTENCES[verdict]
    if verdict == "accepted":
        return ENDED if scope == "run" else SENTENCES[verdict]
    if detail := str(outcome.get("detail") or ""):
        return detail
    if error := outcome.get("error"):
        return _of_error(error, "", is_open=is_open)
    if (code := outcome.get("exit_code")) and scope == "run":
        return _of_exit(code)
    return _of_tests(verdict, outcome.get("tests", ()), is_open=is_open) or SENTENCES.get(verdict, "")


def tried_again(faults: int) -> str | None:
    """What is said while a submission waits or runs once more after `faults` faults of ours; None without one."""
    if faults < 1:
        return None
    return RETRIED.format(number=NUMBERS.get(faults + 1, f"{faults + 1}th"))


def code_frame(files: Mapping[str, str], error: Mapping[str, Any] | None) -> str:
    """The lines around a syntax error with a caret under its column, out of the files as they were sent.

    "" for other errors and for places that the files do not have.
    """
    if not error or error.get("type") not in SYNTAX_ERRORS:
        return ""
    lines = files.get(str(error.get("file", "")), "").splitlines()
    number, column = int(error.get("line", 0)), int(error.get("column", 0))
    if not 1 <= number <= len(lines):
        return ""
    first = max(1, number - AROUND)
    last = min(len(lines), number + AROUND)
    width = len(str(last))
    shown = []
    for at in range(first, last + 1):
        shown.append(
            f"{'>' if at == number else ' '} {at:>{width}} | {lines[at - 1][:MOST_CHARACTERS]}".rstrip()
        )
        if at == number and 1 <= column <= min(len(lines[at - 1]) + 1, MOST_CHARACTERS):
            # A tab in the line stays one under it, so that the caret stands where the reader's tabs put it.
            before = "".join("\t" if sign == "\t" else " " for sign in lines[at - 1][: column - 1])
            shown.append(f"  {' ' * width} | {before}^")
    return "\n".join(shown)


def _of_error(error: Mapping[str, Any], where: str, *, is_open: bool) -> str:
    kind = str(error.get("type", ""))
    said = str(error.get("message", "")).strip().partition("\n")[0] if is_open else ""
    place = f" in {error['file']}, line {error['line']}" if error.get("file") and error.get("line") else ""
    if kind in SYNTAX_ERRORS:
        at = f", column {error['column']}" if place and error.get("column") else ""
        return f"Python could not read the code{place}{at}{f': {said}' if said else '.'}"
    return f"{kind}{place}{where}{f': {said}' if said else '.'}"


def _of_exit(code: int) -> str:
    if code > 0:
        return f"The program ended with exit status {code}."
    try:
        return f"The program was ended by the signal {signal.Signals(-code).name}."
    except ValueError:
        return f"The program was ended by the signal {-code}."


def _of_tests(verdict: str, tests: Sequence[Mapping[str, Any]], *, is_open: bool) -> str:
    """What is said of the first test that stands for the verdict."""
    for test in tests:
        if _stands_for(verdict, test):
            title = str(test["name"]).split("::", 1)[-1]
            error = test.get("error")
            if verdict in {"runtime_error", "syntax_error"} and error:
                return _of_error(error, f" (in {title})", is_open=is_open)
            message = str(test.get("message", "")).strip().partition("\n")[0]
            return f"{title}: {message}" if message else ""
    return ""


def _stands_for(verdict: str, test: Mapping[str, Any]) -> bool:
    if test["status"] in {"passed", "skipped"}:
        return False
    is_late = test.get("exception") == "TestTimeLimit"
    if verdict == "time_limit":
        return is_late
    if verdict == "syntax_error":
        return (test.get("error") or {}).get("type") in SYNTAX_ERRORS
    if verdict == "runtime_error":
        return test["status"] == "error" and not is_late
    return verdict == "wrong_answer"
