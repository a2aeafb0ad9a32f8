"""The report on one candidate as reviewers read it: the report itself, and everything they decide with beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from quizapp.errors import NotFound
from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    InterviewRole,
    PointChange,
    Question,
    Response,
    ResponseState,
    User,
)
from quizapp.rules import answers, differences
from quizapp.rules.blindness import Shown
from quizapp.services import (
    comments,
    comparing,
    decisions,
    evidence,
    hiring,
    identities,
    overrides,
    playback,
    reports,
    similarity,
)
from quizapp.services.comments import Thread
from quizapp.services.comparing import Others
from quizapp.services.evidence import Told
from quizapp.services.hiring import Access
from quizapp.services.report_items import Item

MOST_EVENTS = 5  # told beside one answer; the page of events has all

# An attempt with all that its report shows, in a number of queries that does not grow with it.
LOADED = (
    selectinload(Attempt.responses).options(
        joinedload(Response.version),
        selectinload(Response.graded_version),
        joinedload(Response.question).selectinload(Question.version),
    ),
    joinedload(Attempt.user),
    joinedload(Attempt.interview),
    joinedload(Attempt.interview_version),
    selectinload(Attempt.passes),
)


@dataclass(frozen=True)
class Neighbours:
    """The finished attempts before and after this one at the same interview, by the time they were handed in."""

    before: int | None
    after: int | None
    place: int  # from 1
    count: int


@dataclass(frozen=True)
class Entry:
    """One question of the report with what reviewers need beside it."""

    item: Item
    changes: Sequence[PointChange]  # points given by people, the newest first
    seen: str  # what a form about its points carries
    events: Sequence[Told]  # while it was answered, in the order of time

    @property
    def response(self) -> Response:
        """The answer."""
        return self.item.response

    @property
    def is_rated(self) -> bool:
        """Whether its points are given by a rubric."""
        return overrides.is_rated(self.response)

    @property
    def standing(self) -> PointChange | None:
        """The change of points that can be undone."""
        return overrides.standing(self.changes)

    @property
    def override(self) -> PointChange | None:
        """The points by hand that stand."""
        return next((one for one in self.changes if one.id == self.response.override_id), None)

    @property
    def shown_events(self) -> Sequence[Told]:
        """Those that stand beside the answer."""
        return self.events[:MOST_EVENTS]

    @cached_property
    def from_starter(self) -> list[differences.Change]:
        """How the code that counts differs from what the editor began with, file by file."""
        content = self.item.content
        if not answers.is_coded(content):
            return []
        files = self.item.details.get("files") or (self.response.answer or {}).get("files")
        if not files:
            return []
        return differences.changes({"files": content["files"]}, {"files": {**content["files"], **files}})


@dataclass(frozen=True)
class CandidateReport:
    """Everything on the page."""

    report: reports.Report
    access: Access
    candidate: Shown
    entries: Sequence[Entry]
    standing: decisions.Standing
    thread: Thread
    neighbours: Neighbours
    others: Others  # first attempts of other people at this interview
    playable: set[int]  # ids of responses whose coming about was recorded
    similar: Mapping[int, Sequence[int]]  # response id -> pairs of similar answers that it is in
    event_count: int  # of the whole attempt

    @property
    def attempt(self) -> Attempt:
        """The attempt it is about."""
        return self.report.attempt

    @property
    def may_review(self) -> bool:
        """Whether the reader scores, comments and decides."""
        return self.access.may(InterviewRole.REVIEWER)

    @property
    def may_share(self) -> bool:
        """Whether the reader makes links to it."""
        return self.access.may(InterviewRole.OWNER)

    @property
    def open_ratings(self) -> int:
        """Answers that wait for a reviewer."""
        return sum(one.response.state is ResponseState.WAITING for one in self.entries)


def show(user: User, attempt_id: int) -> CandidateReport:
    """The report of a finished attempt for who may see it. Raises NotFound also while it is running."""
    attempt, access = hiring.attempt(user, attempt_id, InterviewRole.VIEWER, *LOADED)
    if not reports.is_ready(attempt):
        raise NotFound("This attempt is not finished yet", "Its report is here when it is handed in.")
    report = reports.report(attempt)
    changes = overrides.of_attempt(attempt)
    spread = comparing.first_of_others(attempt)
    is_complete = report.total.is_complete
    told = evidence.of_attempt(attempt)
    events = evidence.by_response(told)
    return CandidateReport(
        report=report,
        access=access,
        candidate=identities.of(attempt),
        entries=[_entry(item, changes, events) for item in report.items],
        standing=decisions.standing(user, attempt, access),
        thread=comments.of_attempt(attempt, access.interview),
        neighbours=_neighbours(attempt),
        playable=playback.recorded_responses(attempt),
        similar=similarity.listed_for(attempt),
        event_count=len(told),
        others=Others(spread, spread.standing(report.total.percent) if is_complete else None),
    )


def _entry(
    item: Item, changes: Mapping[int, Sequence[PointChange]], events: Mapping[int, Sequence[Told]]
) -> Entry:
    own = changes.get(item.response.id, [])
    return Entry(
        item=item,
        changes=own,
        seen=overrides.seen(item.response, own),
        events=events.get(item.response.id, ()),
    )


def _neighbours(attempt: Attempt) -> Neighbours:
    """Found by the moment of handing in, and by number where that is the same."""
    here = (Attempt.interview_id == attempt.interview_id, Attempt.kind == AttemptKind.HIRING)
    done = (*here, Attempt.finished_at.is_not(None))
    is_equal = Attempt.finished_at == attempt.finished_at
    earlier = (Attempt.finished_at < attempt.finished_at) | (is_equal & (Attempt.id < attempt.id))
    later = (Attempt.finished_at > attempt.finished_at) | (is_equal & (Attempt.id > attempt.id))
    before = select(Attempt.id).where(*done, earlier).order_by(Attempt.finished_at.desc(), Attempt.id.desc())
    after = select(Attempt.id).where(*done, later).order_by(Attempt.finished_at, Attempt.id)
    row = db.session.execute(
        select(
            before.limit(1).scalar_subquery(),
            after.limit(1).scalar_subquery(),
            select(func.count()).where(*done, earlier).scalar_subquery(),
            select(func.count()).where(*done).scalar_subquery(),
        )
    ).one()
    return Neighbours(row[0], row[1], row[2] + 1, row[3])
