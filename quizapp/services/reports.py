"""The report on a finished attempt: score, topics, and each question with what was answered and what is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from quizapp.errors import Closed
from quizapp.extensions import db
from quizapp.models import Attempt, Question, ResponseState, User
from quizapp.rules import deadlines, scoring, stages
from quizapp.services import attempts, clocks, report_figures, report_items, sections
from quizapp.services.report_figures import Bar
from quizapp.services.report_items import Item, counted
from quizapp.services.sections import PartTime


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


def own(user: User, attempt_id: int) -> Report:
    """The report on the user's own attempt. Raises NotFound; the attempt has to be finished (see `is_ready`)."""
    return report(attempts.own(attempt_id, user))


def report(attempt: Attempt) -> Report:
    """The report on a finished attempt."""
    items = report_items.of_attempt(attempt)
    asked = (attempt.blueprint or {}).get("sections", [])
    return Report(
        attempt=attempt,
        title=title(attempt),
        number=_number(attempt),
        total=scoring.total(counted(response) for response in attempt.responses),
        topics=scoring.by_topic([counted(response) for response in attempt.responses]),
        sections=[
            (one.title, scoring.total(counted(r) for r in attempt.responses if r.section in one.sections))
            for one in stages.asked(asked)
        ],
        items=items,
        minutes_used=minutes_used(attempt) or 0.0,
        parts=sections.times(attempt),
        is_practicable=_practicable(items),
    )


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


def is_ready(attempt: Attempt) -> bool:
    """Whether there is a report: the attempt was handed in or ended by the sweeper."""
    return attempt.finished_at is not None


def ensure_ready(attempt: Attempt) -> None:
    """Raise Closed while the attempt runs: there is nothing to take along yet."""
    if not is_ready(attempt):
        raise Closed("This interview is not finished", "Its report is there once you have handed it in.")
