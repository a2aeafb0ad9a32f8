"""The report on a finished attempt: score, topics, and each question with what was answered and what is right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from quizapp.errors import Closed
from quizapp.extensions import db
from quizapp.models import (
    CANCELLED,
    Attempt,
    AttemptKind,
    Question,
    Regrade,
    RegradeItem,
    Response,
    ResponseState,
    Scope,
    Submission,
    SubmissionState,
    User,
)
from quizapp.rules import answers, deadlines, marking, scoring, stages, titles
from quizapp.services import (
    attempts,
    clocks,
    late_edits,
    report_changes,
    report_figures,
    sections,
    showing,
    verdicts,
)
from quizapp.services.late_edits import LateEdit
from quizapp.services.report_changes import Regraded, Since
from quizapp.services.report_figures import Bar, Effort
from quizapp.services.sections import PartTime


@dataclass(frozen=True)
class Item:
    """One question of a report. `verdict` is a name the pages have a sign for, `verdict_text` its words."""

    position: int
    response: Response
    content: dict[str, Any]
    answer: dict[str, Any] | None
    verdict: str
    verdict_text: str
    points: float | None
    max_points: float
    is_judged: bool
    is_flagged: bool
    details: dict[str, Any]  # by kind: what the template shows of answer and feedback
    since: Since | None = None  # when the question was changed after it was answered
    regraded: Regraded | None = None  # then content and answer are those of the corrected version
    late: Sequence[LateEdit] = ()  # what arrived too late to be graded
    effort: Effort = field(default_factory=Effort)
    whose: str = "Your answer"  # what paper calls the answer, by who reads it

    @property
    def is_lost(self) -> bool:
        """Whether points were lost here."""
        return self.is_judged and (self.points or 0.0) < self.max_points


@dataclass(frozen=True)
class Report:
    """One finished attempt as it is shown to the candidate, or to a manager it was shared with."""

    attempt: Attempt
    title: str
    number: int  # which attempt of this interview by this person, from 1
    total: scoring.Total
    topics: list[tuple[str, scoring.Total]]
    sections: list[tuple[str, scoring.Total]]  # as the blueprint asks for them
    items: list[Item]
    minutes_used: float
    parts: list[PartTime]  # empty without barriers
    is_practicable: set[str]  # ids of questions that can be practised now

    @property
    def late_saves(self) -> int:
        """How many saves arrived too late; they are kept and were not graded."""
        return sum(len(item.late) for item in self.items)

    @property
    def given_seconds(self) -> float:
        """Time that was given during the attempt, by people and for outages of the site."""
        return self.attempt.credit_seconds + self.attempt.outage_seconds

    @property
    def is_grading(self) -> bool:
        """Whether a verdict is still on its way."""
        return any(item.response.state is ResponseState.GRADING for item in self.items)

    @property
    def not_graded(self) -> int:
        """How many responses could not be graded by a fault of ours."""
        return sum(item.response.state is ResponseState.NOT_GRADED for item in self.items)

    @property
    def waiting(self) -> int:
        """How many responses wait for a person to grade them."""
        return sum(item.response.state is ResponseState.WAITING for item in self.items)

    @property
    def is_composed(self) -> bool:
        """Whether the candidate composed this mock."""
        return "composed" in (self.attempt.blueprint or {})

    @property
    def expected_percent(self) -> float | None:
        """What this form is expected to give by its authors' difficulty, in percent of the points."""
        return report_figures.expected_percent(self.items)

    @property
    def topic_bars(self) -> list[Bar]:
        """The topics as rows of a chart, the heaviest first."""
        return report_figures.bars(
            (topic, total, [item for item in self.items if item.response.question.topic == topic])
            for topic, total in self.topics
        )

    @property
    def asked(self) -> list[stages.Asked]:
        """The sections as the blueprint asks for them."""
        return stages.asked((self.attempt.blueprint or {}).get("sections", []))

    @property
    def section_bars(self) -> list[Bar]:
        """The parts as rows of a chart, in their order."""
        return report_figures.bars(
            (asked.title, total, [item for item in self.items if item.response.section in asked.sections])
            for asked, (_, total) in zip(self.asked, self.sections, strict=True)
        )

    @property
    def active_seconds(self) -> float | None:
        """Time on all questions without pauses; None when nothing was measured."""
        known = [item.effort.seconds for item in self.items if item.effort.seconds is not None]
        return sum(known) if known else None

    @property
    def lost(self) -> list[tuple[str, float]]:
        """The topics in which most points were lost: topic and points, at most four."""
        lost: dict[str, float] = {}
        for item in self.items:
            if item.is_lost:  # what is not judged is not lost
                topic = item.content["topic"]
                lost[topic] = round(lost.get(topic, 0.0) + item.max_points - (item.points or 0.0), 2)
        return sorted(lost.items(), key=lambda entry: (-entry[1], entry[0]))[:4]

    @property
    def pass_line(self) -> float | None:
        """The blueprint's line in percent, if it draws one."""
        line = (self.attempt.blueprint or {}).get("pass_line")
        return float(line) if line is not None else None


@dataclass(frozen=True)
class Line:
    """One interview attempt in a list."""

    attempt: Attempt
    title: str
    total: scoring.Total
    topics: list[tuple[str, scoring.Total]]
    state: (
        str  # running, closed (time is over, not finalised), grading, incomplete, finished, kept (not shown)
    )
    minutes_used: float | None
    answered: int = 0  # questions with an answer, right or wrong
    ran_out: bool = False  # nobody handed it in before its time was over


def own(user: User, attempt_id: int) -> Report:
    """The report on the user's own attempt. Raises NotFound; the attempt has to be finished (see `is_ready`)."""
    return report(attempts.own(attempt_id, user))


def report(attempt: Attempt) -> Report:
    """The report on a finished attempt."""
    best = _best_submissions(attempt)
    again = report_changes.regraded(attempt)
    late = late_edits.of_attempt(attempt)
    efforts = report_figures.efforts(attempt)
    items = [
        _item(one, best.get(one.id), again.get(one.id), late.get(one.id, ()), efforts[one.id])
        for one in attempt.responses
    ]
    asked = (attempt.blueprint or {}).get("sections", [])
    return Report(
        attempt=attempt,
        title=title(attempt),
        number=_number(attempt),
        total=scoring.total(_line(response) for response in attempt.responses),
        topics=scoring.by_topic([_line(response) for response in attempt.responses]),
        sections=[
            (one.title, scoring.total(_line(r) for r in attempt.responses if r.section in one.sections))
            for one in stages.asked(asked)
        ],
        items=items,
        minutes_used=minutes_used(attempt) or 0.0,
        parts=sections.times(attempt),
        is_practicable=_practicable(items),
    )


def lines(listed: Iterable[Attempt]) -> list[Line]:
    """Attempts with their totals, in the order given; one query for all responses."""
    listed = list(listed)
    found = db.session.scalars(
        select(Response)
        .where(Response.attempt_id.in_([attempt.id for attempt in listed]))
        .options(joinedload(Response.question).load_only(Question.topic))
        .order_by(Response.position)
    ).all()
    return [_listed(attempt, [one for one in found if one.attempt_id == attempt.id]) for attempt in listed]


def history(user: User) -> list[Line]:
    """The user's interview attempts, newest first. Of those whose results are not shown to them the totals are empty."""
    return [_told(line) for line in lines(attempts.of_user(user))]


def practice_of(user: User) -> list[dict[str, Any]]:
    """Per bank the user practised: title, questions tried and solved, points, and when it was last."""
    rows = db.session.execute(
        select(
            Attempt.bank_id,
            func.count(Response.id),
            func.count(Response.id).filter(Response.is_solved.is_(True)),
            func.coalesce(func.sum(Response.points), 0.0),
            func.sum(Response.max_points),
            func.max(Response.answered_at),
        )
        .join(Response, Response.attempt_id == Attempt.id)
        .where(Attempt.user_id == user.id, Attempt.kind == AttemptKind.PRACTICE, Response.tries > 0)
        .group_by(Attempt.bank_id)
        .order_by(func.max(Response.answered_at).desc())
    ).all()
    keys = ("bank_id", "tried", "solved", "points", "max_points", "last_at")
    return [dict(zip(keys, row, strict=True)) for row in rows]


def title(attempt: Attempt) -> str:
    """The interview's title as it was when the attempt began."""
    kept = (attempt.blueprint or {}).get("title")
    return str(kept or (attempt.interview.title if attempt.interview else "Interview"))


def minutes_used(attempt: Attempt) -> float | None:
    """Minutes from start to finish; None while it runs."""
    if attempt.finished_at is None:
        return None
    return round(max(0.0, (attempt.finished_at - attempt.started_at).total_seconds()) / 60, 1)


def minutes_allowed(attempt: Attempt) -> float | None:
    """Minutes from start to deadline."""
    ends = deadlines.deadline(clocks.terms(attempt))
    return None if ends is None else round((ends - attempt.started_at).total_seconds() / 60, 1)


def _listed(attempt: Attempt, found: Sequence[Response]) -> Line:
    counted = [_line(response) for response in found]
    total = scoring.total(counted)
    if attempt.finished_at is None:
        state = "closed" if clocks.is_closed(attempt) else "running"
    elif any(response.state is ResponseState.GRADING for response in found):
        state = "grading"
    else:
        state = "finished" if total.is_complete else "incomplete"
    ends = deadlines.deadline(clocks.terms(attempt))
    return Line(
        attempt,
        title(attempt),
        total,
        scoring.by_topic(counted),
        state,
        minutes_used(attempt),
        answered=sum(bool(response.answer) for response in found),
        ran_out=attempt.finished_at is not None and ends is not None and attempt.finished_at >= ends,
    )


def _told(line: Line) -> Line:
    """The line as its candidate may see it."""
    if not showing.is_withheld(line.attempt):
        return line
    state = line.state if line.attempt.finished_at is None else "kept"
    return replace(line, total=replace(scoring.total([]), count=line.total.count), topics=[], state=state)


def _line(response: Response) -> scoring.Line:
    return scoring.Line(
        topic=response.question.topic,
        points=response.points,
        max_points=response.max_points,
        is_judged=response.state is ResponseState.MARKED,
    )


def _number(attempt: Attempt) -> int:
    earlier = select(func.count()).where(
        Attempt.user_id == attempt.user_id,
        Attempt.kind == attempt.kind,
        Attempt.interview_id == attempt.interview_id,
        Attempt.started_at <= attempt.started_at,
    )
    return db.session.scalar(earlier) or 1


def _practicable(items: Sequence[Item]) -> set[str]:
    ids = [item.content["id"] for item in items]
    return set(
        db.session.scalars(
            select(Question.id).where(
                Question.id.in_(ids), Question.is_retired.is_(False), Question.bank.has(is_public=True)
            )
        )
    )


def _best_submissions(attempt: Attempt) -> dict[int, Submission]:
    """Response id -> the full submission that counts: the best judged one, the latest of equals.

    Since a regrade, those are its runs.
    """
    is_counting = and_(Submission.scope == Scope.FULL, Response.graded_version_id.is_(None))
    is_run_again = and_(
        Submission.scope == Scope.REGRADE,
        RegradeItem.is_applied.is_(True),
        Regrade.version_id == Response.graded_version_id,
    )
    sent = db.session.scalars(
        select(Submission)
        .join(Response, Submission.response_id == Response.id)
        .outerjoin(RegradeItem, Submission.regrade_item_id == RegradeItem.id)
        .outerjoin(Regrade, RegradeItem.regrade_id == Regrade.id)
        .where(
            Response.attempt_id == attempt.id,
            or_(is_counting, is_run_again),
            Submission.verdict.is_distinct_from(CANCELLED),
        )
        .options(selectinload(Submission.response))
        .order_by(Submission.id)
    ).all()
    best: dict[int, Submission] = {}
    for submission in sent:
        known = best.get(submission.response_id)
        if known is None or _weight(submission) >= _weight(known):
            best[submission.response_id] = submission
    return best


def _weight(submission: Submission) -> float:
    if submission.state is not SubmissionState.DONE or submission.verdict == "internal_error":
        return -1.0
    return submission.share or 0.0


def _item(
    response: Response,
    submission: Submission | None,
    regraded: Regraded | None,
    late: Sequence[LateEdit],
    effort: Effort,
) -> Item:
    content, answer = report_changes.graded(response)
    if answers.is_coded(content):
        verdict, text, details = _code(response, submission)
    else:
        verdict, text, details = _marked(response, content, answer)
    if (
        response.override_id is not None
    ):  # whatever was found, or could not be: a reviewer has said what it is worth
        verdict, text = _by_hand(response), "Set by a reviewer"
    return Item(
        position=response.position,
        response=response,
        content=content,
        answer=answer,
        verdict=verdict,
        verdict_text=text,
        points=response.points,
        max_points=response.max_points,
        is_judged=response.state is ResponseState.MARKED,
        is_flagged=response.is_flagged,
        details=details,
        since=report_changes.since(response),
        regraded=regraded,
        late=late,
        effort=effort,
    )


def _by_hand(response: Response) -> str:
    if (response.points or 0.0) >= response.max_points:
        return "accepted"
    return "part" if response.points else "wrong_answer"


def _marked(
    response: Response, content: dict[str, Any], answer: dict[str, Any] | None
) -> tuple[str, str, dict[str, Any]]:
    judged = response.mark
    if response.state is ResponseState.WAITING:
        return "waiting", "Not graded yet", {"is_answered": True}
    if judged is None:
        return "internal_error", "Not graded", {}
    details = dict(judged["feedback"])
    if content["kind"] == "order":
        details["pieces"] = {piece.id: piece.text for piece in marking.pieces(content)}
    details["is_answered"] = answers.is_answered(content, answer)
    if not details["is_answered"]:
        return "none", "Not answered", details
    if content["kind"] == "free":
        text = f"{judged['points']:g} of {judged['max_points']:g} points"
        return (
            ("accepted" if judged["correct"] else "part" if judged["points"] else "wrong_answer"),
            text,
            details,
        )
    if judged["correct"]:
        return "accepted", "Right", details
    return ("part", "Partly right", details) if judged["points"] > 0 else ("wrong_answer", "Wrong", details)


def _code(response: Response, submission: Submission | None) -> tuple[str, str, dict[str, Any]]:
    details: dict[str, Any] = {"submission": submission, "told": None, "files": {}}
    if submission is None:
        if response.state is ResponseState.MARKED:
            return "none", "Not answered", details
        return "internal_error", "Not graded", details
    details["files"] = submission.files
    if submission.state is not SubmissionState.DONE:
        return "running", "Being graded", details
    told = verdicts.describe_whole(submission)
    details["told"] = told
    if submission.verdict == "internal_error":
        return "internal_error", "Not graded", details
    if submission.verdict == "accepted":
        return "accepted", "Accepted", details
    passed, count = told["tests_passed"], told["tests_total"]
    words = titles.VERDICTS.get(submission.verdict or "", "")
    text = f"{passed} of {count} tests" if submission.verdict == "wrong_answer" else words
    return submission.verdict or "none", text, details


def is_ready(attempt: Attempt) -> bool:
    """Whether there is a report: the attempt was handed in or ended by the sweeper."""
    return attempt.finished_at is not None


def ensure_ready(attempt: Attempt) -> None:
    """Raise Closed while the attempt runs: there is nothing to take along yet."""
    if not is_ready(attempt):
        raise Closed("This interview is not finished", "Its report is there once you have handed it in.")
