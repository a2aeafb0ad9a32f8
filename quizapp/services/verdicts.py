"""What is told about a submission, and to whom: everything in practice, less in an interview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quizapp import livestatus, queueing
from quizapp.models import CANCELLED, AttemptKind, Scope, SubmissionState
from quizapp.rules import explaining, killing
from quizapp.rules.programs import is_sample, variants
from quizapp.services import showing, turns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quizapp.models import Submission


def describe(submission: Submission, *, offset: int = 0) -> dict[str, Any]:
    """The submission for its sender, in the JSON form the pages read; a verdict that is withheld is `taken` at once.

    So neither the moment nor the length of its grading tells anything.
    """
    if showing.withholds(submission) and submission.verdict != CANCELLED:
        return _taken(submission)
    return describe_whole(submission, offset=offset)


def describe_whole(submission: Submission, *, offset: int = 0) -> dict[str, Any]:
    """The same for a report, whose reader may see what was found.

    While it runs: place, expected wait and the output since byte `offset`. Once it is judged: verdict, tests,
    errors. In an interview a full submission shows per test its name, whether it passed, the author's message, the
    exception's class and the candidate's own line, and nothing of what hidden tests sent. A reviewer's run shows all.
    """
    told = _frame(submission)
    if submission.state is not SubmissionState.DONE:
        return told | _progress(submission, offset)
    outcome = submission.outcome or {}
    is_practice = submission.response.attempt.kind is AttemptKind.PRACTICE
    scope = submission.judged_as
    is_open = is_practice or submission.is_review or scope in (Scope.RUN, Scope.SAMPLE)
    content = submission.content
    tests = [_test(test, submission, is_open=is_open) for test in outcome.get("tests", [])]
    if content["kind"] == "tests" and scope is Scope.FULL:
        met = variants(content)
        tests = [test | killing.shown(test, met, is_open=is_open) for test in tests]
    if is_open and scope is Scope.FULL:
        _explain(tests, content)
    return told | {
        "verdict": submission.verdict,
        "verdict_text": _sentence(submission, outcome, is_open=is_open),
        "points": points_of(submission),
        "max_points": submission.response.max_points,
        "best_points": submission.response.points,
        "tests_passed": sum(test["passed"] for test in tests),
        "tests_total": outcome.get("expected_tests", len(tests)),
        "tests": tests,
        "error": _error(outcome.get("error"), submission.files, is_open=is_open)
        or _unread(submission, tests),
        "responses": outcome.get("responses", []),
        "stdout": outcome.get("stdout", "") if is_open else "",
        "stderr": outcome.get("stderr", "") if is_open else "",
        "stdout_cut": bool(outcome.get("stdout_cut")),
        "stderr_cut": bool(outcome.get("stderr_cut")),
        "exit_code": outcome.get("exit_code"),
        "cpu_seconds": outcome.get("cpu_seconds", 0.0),
        "wall_seconds": outcome.get("wall_seconds", 0.0),
        "peak_memory_mib": outcome.get("peak_memory_mib", 0.0),
    }


def _taken(submission: Submission) -> dict[str, Any]:
    """What is told of a submission whose verdict is withheld: that it arrived."""
    return _frame(submission) | {
        "state": SubmissionState.DONE.value,
        "finished_at": None,
        "is_from_cache": False,
        "verdict": showing.TAKEN,
        "verdict_text": showing.TAKEN_TEXT,
        "points": None,
        "max_points": submission.response.max_points,
        "best_points": None,
        "tests_passed": 0,
        "tests_total": 0,
        "tests": [],
        "error": None,
        "responses": [],
        "stdout": "",
        "stderr": "",
        "stdout_cut": False,
        "stderr_cut": False,
        "exit_code": None,
        "cpu_seconds": 0.0,
        "wall_seconds": 0.0,
        "peak_memory_mib": 0.0,
    }


def points_of(submission: Submission) -> float | None:
    """What a submission that counts has earned; None for one that does not count."""
    if submission.scope is not Scope.FULL or submission.share is None:
        return None
    if submission.verdict in ("internal_error", CANCELLED):
        return None
    return round(submission.share * submission.response.max_points, 2)


def summary(submission: Submission) -> dict[str, Any]:
    """One line of the list of earlier submissions, with the files so that they can be put back."""
    told = _frame(submission) | {"verdict": submission.verdict, "share": submission.share}
    if showing.withholds(submission) and submission.verdict != CANCELLED:
        told |= {key: _taken(submission)[key] for key in ("state", "finished_at", "is_from_cache", "verdict")}
        told["share"] = None
    return told | {
        "files": submission.files,
        "is_from_draft": submission.is_from_draft,
    }


def _frame(submission: Submission) -> dict[str, Any]:
    finished = submission.finished_at
    return {
        "id": submission.id,
        "scope": submission.scope.value,
        "state": submission.state.value,
        "verdict": None,
        "created_at": submission.created_at.isoformat(),
        "finished_at": finished.isoformat() if finished else None,
        "is_from_cache": submission.is_from_cache,
        "sandbox_problem": None,
        "place": None,
        "expected_wait_seconds": None,
        "retry_text": None,
    }


def _progress(submission: Submission, offset: int) -> dict[str, Any]:
    """What the page shows meanwhile."""
    told: dict[str, Any] = {
        "sandbox_problem": livestatus.sandbox_problem(),
        "retry_text": explaining.tried_again(submission.internal_errors),
        "output_offset": offset,
        "stdout": "",
    }
    if submission.state is SubmissionState.QUEUED:
        place = turns.ahead(submission)
        wait = livestatus.expected_wait(place, queueing.places(submission.queue))
        return told | {"place": place, "expected_wait_seconds": wait}
    if submission.judged_as is Scope.RUN:
        text, end = livestatus.output_since(submission.id, submission.delivery, offset)
        told |= {"stdout": text, "output_offset": end}
    return told


def _sentence(submission: Submission, outcome: Mapping[str, Any], *, is_open: bool) -> str:
    verdict = submission.verdict or ""
    is_ended_run = submission.judged_as is Scope.RUN and verdict == "accepted"
    if submission.content["kind"] == "tests" and not is_ended_run:
        told = killing.sentence(verdict, outcome.get("tests", []))
        if told:
            return told
    return explaining.sentence(verdict, submission.judged_as.value, outcome, is_open=is_open)


def _test(test: Mapping[str, Any], submission: Submission, *, is_open: bool) -> dict[str, Any]:
    name = str(test["name"])
    has_shown_text = is_sample(submission.content, name)
    visible = is_open or has_shown_text
    error = test.get("error") or {}
    return {
        "name": name,
        "title": name.split("::", 1)[-1],
        "is_sample": has_shown_text,
        "passed": test["status"] == "passed",
        "status": test["status"],
        "message": test.get("message", ""),
        "exception": error.get("type") or test.get("exception", ""),
        "file": error.get("file", ""),
        "line": error.get("line", 0),
        "error": _error(test.get("error"), submission.files, is_open=visible),
        "expected": test.get("expected", "") if visible else "",
        "got": test.get("got", "") if visible else "",
        "calls": test.get("calls", []) if visible else [],
        "seconds": test.get("seconds", 0.0),
        "note": None,
    }


def _error(
    error: Mapping[str, Any] | None, files: Mapping[str, str], *, is_open: bool
) -> dict[str, Any] | None:
    """The candidate's exception; in an interview its class and line only, for its text may quote a hidden test.

    A syntax error comes with its place in the file that was sent, which is nobody's secret.
    """
    if not error:
        return None
    frame = explaining.code_frame(files, error)
    if is_open:
        return dict(error) | {"frame": frame}
    return {
        "type": error["type"],
        "message": "",
        "file": error["file"],
        "line": error["line"],
        "column": error.get("column", 0) if frame else 0,
        "traceback": "",
        "frame": frame,
    }


def _unread(submission: Submission, tests: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The syntax error that the tests met: it is about the whole program, whichever test came first."""
    if submission.verdict != "syntax_error":
        return None
    return next((test["error"] for test in tests if test["error"] and test["error"]["frame"]), None)


def _explain(tests: Sequence[dict[str, Any]], content: Mapping[str, Any]) -> None:
    """Put a listed mistake's note beside the first test it fails, when exactly the tests that it names failed."""
    failed = {test["name"].partition("::")[2]: test for test in tests if not test["passed"]}
    hidden = {title for title, test in failed.items() if not test["is_sample"]}
    for mistake in content.get("mistakes", []):
        named = set(mistake["fails"])
        if failed and named in (hidden, set(failed)):
            first = next(test for title, test in failed.items() if title in named)
            first["note"] = {"title": mistake["title"], "text": mistake["note"]}
            return
