"""What a regrade comes to: per answer old and new points, and whose attempt crosses the line to pass."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload, load_only, selectinload

from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    Regrade,
    RegradeItem,
    Response,
    ResponseState,
    Scope,
    Submission,
    SubmissionState,
)
from quizapp.rules import differences, scoring

SET_BY_HAND = (
    "A reviewer has set its points by hand, and they stay. Undo that first if the correction is to count."
)


@dataclass(frozen=True)
class Line:
    """One answer in a regrade.

    `progress` is done; kept (its score stays, `problem` says why); grading (a run is under way); failed (a run met a
    fault of ours, for an operator to look at). The percents are of the whole attempt; None while that is incomplete.
    """

    item: RegradeItem
    progress: str
    problem: str
    new_points: float | None
    is_solved: bool
    runs: int
    old_percent: float | None
    new_percent: float | None
    pass_line: float | None
    is_shown: bool  # whether the candidate shows the attempt to staff

    @property
    def old_points(self) -> float | None:
        """The points before; None: not graded."""
        before: float | None = self.item.before["points"]
        return before if self.item.before["state"] == ResponseState.MARKED.value else None

    @property
    def changes(self) -> bool:
        """Whether the answer gets other points, or points at all."""
        return self.progress == "done" and self.new_points != self.old_points

    @property
    def is_lowered(self) -> bool:
        """Whether it loses points."""
        return self.changes and self.old_points is not None and (self.new_points or 0.0) < self.old_points

    @property
    def crosses(self) -> str:
        """`up` or `down` when the attempt comes to the other side of its line to pass; empty when it does not."""
        if not self.changes or None in (self.old_percent, self.new_percent, self.pass_line):
            return ""
        old, new, line = self.old_percent or 0.0, self.new_percent or 0.0, self.pass_line or 0.0
        if (old >= line) == (new >= line):
            return ""
        return "up" if new >= line else "down"


@dataclass(frozen=True)
class Outlook:
    """A regrade with its answers: those that change first."""

    regrade: Regrade
    lines: Sequence[Line]

    @property
    def is_complete(self) -> bool:
        """Whether every answer is worked out."""
        return not self.grading and not self.failed

    @property
    def grading(self) -> int:
        """Answers with a run that is not judged yet."""
        return sum(line.progress == "grading" for line in self.lines)

    @property
    def failed(self) -> int:
        """Answers with a run that met a fault of ours."""
        return sum(line.progress == "failed" for line in self.lines)

    @property
    def kept(self) -> int:
        """Answers that cannot be marked again, so their score stays."""
        return sum(line.progress == "kept" for line in self.lines)

    @property
    def raised(self) -> int:
        """Answers that get more, or points for the first time."""
        return sum(line.changes and not line.is_lowered for line in self.lines)

    @property
    def lowered(self) -> int:
        """Answers that lose points."""
        return sum(line.is_lowered for line in self.lines)

    @property
    def changes(self) -> list[differences.Change]:
        """What the version is to correct: how it differs from the one that the latest of these answers was given to."""
        if not self.lines:
            return []
        latest = max((line.item.response.version for line in self.lines), key=lambda version: version.id)
        return differences.changes(latest.content, self.regrade.version.content)

    @property
    def digest(self) -> str:
        """What tells this list from another one; a form carries it, so that nobody applies what they have not seen."""
        told = [(line.item.id, line.progress, line.new_points) for line in self.lines]
        return hashlib.sha256(json.dumps(sorted(told)).encode()).hexdigest()[:32]


def outlook(regrade: Regrade) -> Outlook:
    """Every answer of a regrade. Reads only."""
    items = db.session.scalars(
        select(RegradeItem)
        .where(RegradeItem.regrade_id == regrade.id)
        .options(
            joinedload(RegradeItem.regrade),
            joinedload(RegradeItem.response).options(
                joinedload(Response.version),
                joinedload(Response.attempt).options(
                    joinedload(Attempt.user),
                    selectinload(Attempt.responses).load_only(
                        Response.attempt_id, Response.points, Response.max_points, Response.state
                    ),
                ),
            ),
        )
        .order_by(RegradeItem.id)
    ).all()
    runs = _runs(regrade)
    lines = [_line(regrade, item, runs.get(item.id, [])) for item in items]
    lines.sort(key=lambda line: (not line.is_lowered, not line.changes, line.item.id))
    return Outlook(regrade, lines)


def _runs(regrade: Regrade) -> Mapping[int, list[Submission]]:
    found: dict[int, list[Submission]] = {}
    columns = (
        Submission.regrade_item_id,
        Submission.state,
        Submission.verdict,
        Submission.share,
        Submission.settled_at,
    )
    listed = db.session.scalars(
        select(Submission)
        .join(RegradeItem, Submission.regrade_item_id == RegradeItem.id)
        .where(RegradeItem.regrade_id == regrade.id, Submission.scope == Scope.REGRADE)
        .options(load_only(*columns))
        .execution_options(populate_existing=True)
    )
    for run in listed:
        found.setdefault(run.regrade_item_id or 0, []).append(run)
    return found


def _line(regrade: Regrade, item: RegradeItem, runs: Sequence[Submission]) -> Line:
    progress, problem, points, is_solved = _found(regrade, item, runs)
    attempt = item.response.attempt
    old_percent, new_percent = _percents(item, points if progress == "done" else None)
    new_percent = old_percent if progress == "kept" else new_percent
    pass_line = (attempt.blueprint or {}).get("pass_line")
    return Line(
        item=item,
        progress=progress,
        problem=problem,
        new_points=points,
        is_solved=is_solved,
        runs=len(runs),
        old_percent=old_percent,
        new_percent=new_percent,
        pass_line=float(pass_line) if pass_line is not None else None,
        is_shown=attempt.kind is AttemptKind.MOCK and attempt.is_shared,
    )


def _found(
    regrade: Regrade, item: RegradeItem, runs: Sequence[Submission]
) -> tuple[str, str, float | None, bool]:
    """Progress, problem, new points, and whether all of it is right."""
    before = item.before
    if item.response.override_id is not None and not item.is_applied:
        return "kept", SET_BY_HAND, before["points"], before["is_solved"]
    if item.problem:
        return "kept", item.problem, before["points"], before["is_solved"]
    if item.after is not None:
        return "done", "", item.after["points"], item.after["is_solved"]
    is_waiting = before["state"] == ResponseState.GRADING.value
    if is_waiting or any(run.state is not SubmissionState.DONE for run in runs):
        return "grading", "", None, False
    judged = [run for run in runs if run.verdict != "internal_error"]
    if any(run.verdict == "internal_error" and run.settled_at is None for run in runs):
        return "failed", "The sandbox failed on it.", None, False
    if not runs:  # nothing was ever sent
        return "done", "", 0.0 if before["points"] is None else before["points"], before["is_solved"]
    if not judged:
        return "kept", "It could not be graded.", before["points"], before["is_solved"]
    best = max(run.share or 0.0 for run in judged)
    content = regrade.version.content
    return "done", "", scoring.points(item.response.max_points, best, content), best >= 1.0


def _percents(item: RegradeItem, new_points: float | None) -> tuple[float | None, float | None]:
    """Percent of the attempt before and after; None where other answers of it have no points yet."""
    others = [one for one in item.response.attempt.responses if one.id != item.response_id]
    if any(one.state is not ResponseState.MARKED for one in others):
        return None, None
    rest = sum(one.points or 0.0 for one in others)
    whole = sum(one.max_points for one in others) + item.response.max_points
    is_marked = item.before["state"] == ResponseState.MARKED.value
    old = scoring.percent(rest + (item.before["points"] or 0.0), whole) if is_marked else None
    return old, None if new_points is None else scoring.percent(rest + new_points, whole)
