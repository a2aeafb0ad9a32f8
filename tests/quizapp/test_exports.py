"""Exports of interviews with many candidates: asked for, made by a job, kept for a day, fetched by whoever asked."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, event, func, select, update
from sqlalchemy.engine import Engine

from bench import crowd
from quizapp import queueing
from quizapp.extensions import db
from quizapp.models import (
    FINAL,
    Attempt,
    AuditEntry,
    Choice,
    Decision,
    Export,
    ExportPart,
    Interview,
    InterviewMember,
    InterviewRole,
    Invitation,
    Review,
    Role,
    TeamMember,
)
from quizapp.receipt import database_now
from quizapp.services import export_making, exports, persons, score_export, score_table
from quizapp.services.score_table import Filters
from tests.quizapp.people import Person
from tests.quizapp.test_score_export import rows_of, sheets_of, taken

PAGE = "/manage/interviews/crowd/exports"
MANY = 60


@pytest.fixture
def app(make_app: Callable[..., Flask], database_url: str) -> Flask:
    """On both stores."""
    return make_app(DATABASE_URL=database_url)


@pytest.fixture(autouse=True)
def many(app: Flask, manager: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interview that counts as large, with the manager as its reviewer, and batches of ten."""
    monkeypatch.setattr(exports, "DIRECT_MOST", {False: MANY - 1, True: MANY - 1})
    monkeypatch.setattr(score_table, "BATCH", 10)
    monkeypatch.setattr(score_export, "BATCH_WITH_ANSWERS", 10)
    monkeypatch.setattr(export_making, "TELL_EVERY_SECONDS", 0.0)
    with app.app_context():
        crowd.interview("crowd", crowd.team(manager.id), 1, MANY)
        set_role(manager, InterviewRole.REVIEWER)


def set_role(person: Person, role: InterviewRole) -> None:
    given = db.session.get(InterviewMember, ("crowd", person.id))
    if given is None:
        given = InterviewMember(interview_id="crowd", user_id=person.id, given_at=crowd.NOW)
        db.session.add(given)
    given.role = role
    db.session.commit()


def ask(person: Person, **form: str) -> int:
    """Ask for an export by the form; gives its number."""
    reply = person.post(PAGE, {"form": "csv", "answers": "0", **form})
    assert reply.status_code == 303, reply.text
    with person.app.app_context():
        return db.session.scalars(select(func.max(Export.id))).one()


def made(app: Flask, export_id: int) -> bool:
    """Do the job once, as a worker does."""
    with app.app_context():
        return export_making.make(export_id)


def change(app: Flask, export_id: int, **values: Any) -> None:
    with app.app_context():
        db.session.execute(update(Export).where(Export.id == export_id).values(**values))
        db.session.commit()


def parts(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(ExportPart)) or 0


@contextmanager
def told() -> Iterator[list[int]]:
    """How many candidates were said to be done, each time it was stored."""
    seen: list[int] = []

    def note(_connection: Any, statement: Any, *_: Any) -> None:
        if getattr(statement, "is_update", False) and statement.table.name == "exports":
            done = statement.compile().params.get("done")
            if done:
                seen.append(done)

    event.listen(Engine, "before_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_execute", note)


def test_a_large_export_is_made_by_a_job_and_is_the_same_file(app: Flask, manager: Person) -> None:
    reply = manager.post("/manage/interviews/crowd/scores.csv?state=final&order=name")
    assert reply.status_code == 303
    page = manager.get(reply.location).text
    assert "Candidates by state Finished" in page
    assert 'name="order" value="name"' in page
    assert "Make the file" in page
    assert "Make CSV" in manager.get("/manage/interviews/crowd/scores").text
    export_id = ask(manager, state="final", order="name")
    assert ask(manager, state="final", order="name") == export_id, "a double click is one export"
    with app.app_context():
        job = queueing.queue(queueing.CHORES).jobs[0]
        assert (job.func_name, job.args) == (queueing.EXPORT, [export_id])
    assert "until a worker is free" in manager.get(PAGE).text
    assert manager.get(f"{PAGE}/{export_id}/file").status_code == 409
    with told() as seen:
        assert made(app, export_id)
    assert seen == sorted(seen)
    assert len(set(seen)) > 2, "it is told as it goes"
    assert not made(app, export_id), "once"
    page = manager.get(PAGE).text
    assert "Ready" in page
    assert f"{seen[-1]} candidates" in page
    with manager.get(f"{PAGE}/{export_id}/file") as answer:
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="scores-crowd-')
        file = answer.data
    with app.app_context():
        interview = db.session.get_one(Interview, "crowd")
        filters = Filters(state="final", order="name")
        assert score_table.count(interview, filters) == seen[-1]
        assert file == b"".join(score_export.csv_of(interview, filters))
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "scores.exported")).one()
        assert entry.facts["narrowed_by"] == ["state"]
        assert entry.facts["interview"] == "crowd"


def test_a_workbook_with_answers_comes_in_parts(
    app: Flask, manager: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_making, "PART_BYTES", 1000)
    export_id = ask(manager, form="xlsx", answers="1")
    with told() as seen:
        assert made(app, export_id)
    assert seen[-1] == MANY
    assert parts(app) > 3
    sheets = sheets_of(taken(manager, f"{PAGE}/{export_id}/file"))
    assert list(sheets) == ["Candidates", "Answers"]
    assert len(sheets["Candidates"]) == MANY + 1


def test_how_far_it_is_stands_on_the_page(app: Flask, manager: Person) -> None:
    export_id = ask(manager)
    now = crowd.NOW.replace(year=2100)
    change(app, export_id, tries=1, taken_until=now, total=10_000, done=3200)
    assert "3,200 of 10,000 candidates" in manager.get(PAGE).text
    assert not made(app, export_id), "somebody else makes it"


def test_only_who_asked_fetches_it_and_only_with_the_role(
    app: Flask, manager: Person, make_person: Callable[..., Person]
) -> None:
    other = make_person(Role.MANAGER, name="Another Manager")
    export_id = ask(manager, answers="1")
    assert made(app, export_id)
    path, other_id = f"{PAGE}/{export_id}/file", other.id
    with app.app_context():
        (team_id,) = db.session.scalars(select(TeamMember.team_id).where(TeamMember.user_id == manager.id))
        db.session.add(TeamMember(team_id=team_id, user_id=other_id, added_at=crowd.NOW))
        db.session.commit()
        set_role(other, InterviewRole.OWNER)
    assert other.get(path).status_code == 404
    assert other.post(f"{PAGE}/{export_id}/delete").status_code == 404
    assert "Ready" not in other.get(PAGE).text
    with app.app_context():
        set_role(manager, InterviewRole.VIEWER)
    assert manager.get(path).status_code == 403
    assert manager.post(PAGE, {"form": "csv", "answers": "1"}).status_code == 403
    with app.app_context():
        set_role(manager, InterviewRole.REVIEWER)
    assert taken(manager, path)
    with app.app_context():
        db.session.execute(update(Interview).values(is_blind=True))
        db.session.commit()
    reply = manager.get(path)
    assert reply.status_code == 410
    assert "Review is blind since" in reply.text
    with app.app_context():
        db.session.execute(delete(TeamMember).where(TeamMember.user_id == manager.id))
        db.session.commit()
    assert manager.get(path).status_code == 404


def set_blind(app: Flask, value: bool) -> None:
    with app.app_context():
        db.session.execute(update(Interview).values(is_blind=value))
        db.session.commit()


def test_names_stay_hidden_in_a_file_begun_blind_whatever_review_is_meanwhile(
    app: Flask, manager: Person
) -> None:
    """Names are searched for, too: a row that is found by its name tells it."""
    set_blind(app, True)
    export_ids = [ask(manager), ask(manager, q="Kofi")]
    begun: list[Any] = []

    def unblind(_connection: Any, statement: Any, *_: Any) -> None:
        """When the first rows are read, which is after it was noted that review is blind."""
        is_reading = getattr(statement, "is_select", False) and "attempt_scores" in str(statement)
        if is_reading and not begun:
            begun.append(statement)
            with ThreadPoolExecutor(1) as owner:
                owner.submit(set_blind, app, False).result()

    for export_id in export_ids:
        begun.clear()
        event.listen(Engine, "before_execute", unblind)
        try:
            assert made(app, export_id)
        finally:
            event.remove(Engine, "before_execute", unblind)
        assert begun
        set_blind(app, True)
    with app.app_context():
        known = select(Invitation.email).join(Attempt, Attempt.invitation_id == Invitation.id)
        decided = set(db.session.scalars(known.join(Review).where(Review.decision.in_(FINAL))))
    everybody, found = (rows_of(taken(manager, f"{PAGE}/{number}/file")) for number in export_ids)
    assert len(everybody) == MANY
    assert {row["E-mail"] for row in everybody} - {""} == decided
    assert found
    assert {row["E-mail"] for row in found} <= decided


def test_a_file_is_not_given_out_blind_once_a_decision_in_it_was_taken_back(
    app: Flask, manager: Person
) -> None:
    set_blind(app, True)
    export_id = ask(manager)
    assert made(app, export_id)
    path = f"{PAGE}/{export_id}/file"
    assert taken(manager, path)
    with app.app_context():
        review = db.session.scalars(select(Review).where(Review.decision.in_(FINAL)).limit(1)).one()
        attempt_id, revision = review.attempt_id, review.revision
        for number, choice in ((revision, review.decision), (revision + 1, Choice.HOLD)):
            db.session.add(
                Decision(
                    attempt_id=attempt_id,
                    revision=number,
                    decision=choice,
                    reason="-",
                    decided_by_id=review.decided_by_id,
                    decided_at=database_now(),
                )
            )
        review.decision, review.revision, review.decided_at = Choice.HOLD, revision + 1, database_now()
        db.session.commit()
    reply = manager.get(path)
    assert reply.status_code == 410
    assert "A decision was taken back since" in reply.text
    page = manager.get(PAGE).text
    assert "A decision was taken back since" in page
    assert "Make it again" in page
    assert "Download" not in page
    set_blind(app, False)
    assert taken(manager, path), "names are for everybody again"
    set_blind(app, True)
    again = ask(manager)
    assert again != export_id
    assert made(app, again)
    assert taken(manager, f"{PAGE}/{again}/file")


def test_a_fault_is_tried_again_and_then_said(
    app: Flask, manager: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_id = ask(manager, form="xlsx")
    with monkeypatch.context() as broken:
        broken.setattr(tempfile, "tempdir", "/no/such/folder")
        assert not made(app, export_id)
        assert "a try failed, it is tried again" in manager.get(PAGE).text
        assert not made(app, export_id)
        assert not made(app, export_id)
    assert not made(app, export_id), "given up"
    page = manager.get(PAGE).text
    for words in ("Not made", "FileNotFoundError, 3 tries", "Nothing is lost", "Ask for it again"):
        assert words in page, words
    assert parts(app) == 0
    assert "Make it again" in page
    assert made(app, ask(manager, form="xlsx"))


def test_what_a_lost_worker_left_is_made_anew_and_given_up_in_the_end(app: Flask, manager: Person) -> None:
    export_id = ask(manager)
    with app.app_context():
        past = database_now() - timedelta(minutes=1)
        db.session.add(ExportPart(export_id=export_id, number=7, content=b"half of it"))
        db.session.commit()
    change(app, export_id, tries=1, taken_until=past, total=60, done=10)
    assert made(app, export_id)
    assert parts(app) == 1
    lost = ask(manager, order="name")
    change(app, lost, tries=exports.MOST_TRIES, taken_until=past)
    with app.app_context():
        assert exports.sweep() == 0
    assert "the process that made it ended" in manager.get(PAGE).text


def test_the_sweeper_rings_for_what_waits_and_deletes_what_expired(app: Flask, manager: Person) -> None:
    export_id = ask(manager)
    with app.app_context():
        queueing.queue(queueing.CHORES).empty()
        assert exports.sweep() == 0, "it was rung for a moment ago"
        change(app, export_id, asked_at=database_now() - timedelta(minutes=1))
        assert exports.sweep() == exports.sweep() == 1
        assert queueing.rings(queueing.CHORES) == 1, "once a minute"
    assert made(app, export_id)
    change(app, export_id, expires_at=crowd.NOW)
    assert manager.get(f"{PAGE}/{export_id}/file").status_code == 410
    assert "Expired" in manager.get(PAGE).text
    with app.app_context():
        exports.sweep()
        assert db.session.get(Export, export_id) is None
    assert parts(app) == 0


def test_deleting_one_ends_its_making(app: Flask, manager: Person) -> None:
    export_id = ask(manager)

    deleted: list[int] = []

    def end(_connection: Any, statement: Any, *_: Any) -> None:
        is_batch = getattr(statement, "is_select", False) and "FROM reviews" in str(statement)
        if is_batch and not deleted:
            deleted.append(export_id)
            with ThreadPoolExecutor(1) as browser:  # with a session of its own
                sent = browser.submit(manager.post, f"{PAGE}/{export_id}/delete")
                assert sent.result().status_code == 303

    event.listen(Engine, "before_execute", end)
    try:
        assert not made(app, export_id)
    finally:
        event.remove(Engine, "before_execute", end)
    assert deleted
    assert "No exports" in manager.get(PAGE).text
    assert parts(app) == 0


def test_nobody_who_was_forgotten_stays_in_a_file(app: Flask, manager: Person) -> None:
    export_id = ask(manager)
    assert made(app, export_id)
    with app.app_context():
        persons.forget_invitation(db.session.scalars(select(Invitation).limit(1)).one())
        db.session.commit()
    assert manager.get(f"{PAGE}/{export_id}/file").status_code == 404


def test_a_person_has_ten_at_most(app: Flask, manager: Person) -> None:
    for number in range(exports.MOST_OF_PERSON):
        ask(manager, **{"from": str(number)})
    reply = manager.post(PAGE, {"form": "csv"})
    assert reply.status_code == 409
    assert "Delete some of them" in reply.text
    assert manager.post(PAGE, {"form": "pdf"}).status_code == 422


def test_few_candidates_are_sent_at_once(
    app: Flask, manager: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "DIRECT_MOST", {False: MANY, True: MANY - 1})
    path = "/manage/interviews/crowd/scores.csv"
    assert taken(manager, f"{path}?q=Kofi&order=name")
    assert manager.post(f"{path}?answers=1").status_code == 303
    assert manager.get(path).status_code == 405, "looking at an address leaves no trace"
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "scores.exported")).one()
        assert (entry.actor_id, entry.interview_id) == (manager.id, "crowd")
        assert entry.subject == "scores of crowd"
        told = {name: entry.facts[name] for name in ("form", "with_answers", "narrowed_by")}
        assert told == {"form": "csv", "with_answers": False, "narrowed_by": ["text"]}
        set_role(manager, InterviewRole.OWNER)
    assert "Export asked for" in manager.get("/manage/interviews/crowd/log").text


def test_somebody_who_reads_a_file_slowly_keeps_nobody_from_writing(
    app: Flask, manager: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "DIRECT_MOST", {False: MANY, True: MANY})
    with manager.post("/manage/interviews/crowd/scores.csv", buffered=False) as reply:
        parts = reply.iter_encoded()
        assert next(parts)
        with app.app_context():
            db.session.execute(update(Interview).values(title="Changed meanwhile"))
            db.session.commit()
        assert len(b"".join(parts).splitlines()) == MANY
