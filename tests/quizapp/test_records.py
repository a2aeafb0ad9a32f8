"""What is kept of people: what they take along, what goes when they leave, and what retention ends."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from quizapp import retention_cli
from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    AuditEntry,
    Bank,
    Base,
    Interview,
    InterviewVersion,
    Invitation,
    Notes,
    Question,
    QuestionVersion,
    Recording,
    RecordingPart,
    Response,
    Review,
    Scope,
    SignIn,
    Submission,
    SubmissionState,
    User,
)
from quizapp.receipt import database_now
from quizapp.rules import tapes
from quizapp.services import persons, retention
from tests.quizapp.people import PASSWORD, Person

Make = Callable[..., Person]


def attempt(user_id: int, kind: AttemptKind, *, days_ago: float = 1, is_over: bool = True) -> int:
    """An attempt of this person with an answer and a submission; one of a team has its invitation."""
    now = database_now()
    ended = now - timedelta(days=days_ago)
    if db.session.get(Bank, "fresher") is None:
        db.session.add_all(
            [
                Bank(id="fresher", title="Fresher"),
                Question(
                    id="q", bank_id="fresher", title="Q", kind="code", level="fresher", topic="routing",
                    difficulty=1, minutes=1, points=1,
                ),
                Interview(id="backend", bank_id="fresher", kind="hiring", title="Backend", blueprint={}),
            ]
        )  # fmt: skip
        db.session.flush()
        db.session.add(QuestionVersion(id=1, question_id="q", content_hash="h", content={}, created_at=now))
        db.session.add(
            InterviewVersion(id=1, interview_id="backend", number=1, title="B", blueprint={}, created_at=now)
        )
        db.session.flush()
    is_hiring = kind is AttemptKind.HIRING
    made = Attempt(
        user_id=user_id, bank_id="fresher", interview_id="backend" if is_hiring else None, kind=kind,
        started_at=ended - timedelta(hours=1), finished_at=ended if is_over else None, minutes=60.0,
    )  # fmt: skip
    if is_hiring:
        made.invitation = Invitation(
            interview_id="backend", version_id=1, email="cara@example.org", name="Cara", message="Dear Cara",
            created_at=ended, user_id=user_id,
        )  # fmt: skip
    response = Response(
        question_id="q", version_id=1, max_points=1.0, answer={"files": {"a.py": "mine"}}, points=0.5
    )
    made.responses.append(response)
    db.session.add(made)
    db.session.flush()
    db.session.add(
        Submission(
            response_id=response.id, user_id=user_id, scope=Scope.FULL, idempotency_key="k", body_hash="h",
            files={"a.py": "mine"}, requests=[], state=SubmissionState.DONE, verdict="accepted", share=1.0,
            outcome={"tests": "hidden"}, created_at=ended,
        )
    )  # fmt: skip
    tape = Recording(
        attempt_id=made.id, response_id=response.id, session="s", device="Firefox on Linux", opened_at=ended,
        received_at=ended, files=["a.py"], lengths=[4],
    )  # fmt: skip
    tape.parts.append(RecordingPart(number=0, entries=tapes.packed([[1, "f", 0]]), size=9))
    db.session.add(tape)
    db.session.add(Review(attempt_id=made.id, reason="Weak, says a reviewer"))
    db.session.commit()
    return made.id


def guest() -> int:
    """A person without an account, as an invitation makes one."""
    made = User(email="g@x.invalid", name="Cara", password_hash="", is_guest=True, created_at=database_now())
    db.session.add(made)
    db.session.flush()
    db.session.add(
        SignIn(user_id=made.id, token_hash="t", created_at=made.created_at, seen_at=made.created_at)
    )
    db.session.commit()
    return made.id


def count(table: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def taken(person: Person) -> dict[str, Any]:
    """The records that the person takes along, by file name."""
    reply = person.post("/account/records")
    assert reply.status_code == 200
    assert reply.headers["Content-Disposition"].startswith("attachment; filename=quizapp-records-")
    with zipfile.ZipFile(io.BytesIO(reply.data)) as archive:
        assert person.email in archive.read("README.txt").decode()
        return {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith("json")}


def test_a_person_takes_all_of_theirs_along_and_nothing_else(app: Flask, make_person: Make) -> None:
    cara, omar = make_person(name="Cara Diaz"), make_person(name="Omar Said")
    hers, his = cara.id, omar.id
    with app.app_context():
        mock, hiring = attempt(hers, AttemptKind.MOCK), attempt(hers, AttemptKind.HIRING)
        attempt(his, AttemptKind.MOCK)
    records = taken(cara)
    assert [row["email"] for row in records["users.json"]] == [cara.email]
    assert {row["id"] for row in records["attempts.json"]} == {mock, hiring}
    assert [row["answer"] for row in records["responses.json"]] == [{"files": {"a.py": "mine"}}] * 2
    assert [row["name"] for row in records["invitations.json"]] == ["Cara"]
    assert [row["entries"] for row in records["recording_parts.json"]] == [[[1, "f", 0]]] * 2
    told = json.dumps(records)
    for secret in ("argon2", "token_hash", "hidden", "Omar", "says a reviewer"):
        assert secret not in told
    judged = {row["attempt_id"]: row.get("points") for row in records["responses.json"]}
    assert judged == {mock: 0.5, hiring: None}  # how a team judged, the team says
    assert [row.get("verdict") for row in records["submissions.json"]] == ["accepted", None]


def test_somebody_decided_for_every_table_whose_rows_are_of_people() -> None:
    """A new table fails here until it is said whether the person takes it along (left) or it is the team's (right)."""
    taken_along = {
        "attempt_events", "attempts", "branches", "event_comments", "mails", "notes", "recording_parts",
        "recordings", "responses", "section_passes", "sign_ins", "submissions", "time_credits", "visits",
    }  # fmt: skip
    assert {table.name for table in persons.belongings()} == taken_along | persons.OF_TEAMS
    mention = {"error_reports", "invitations"}  # are kept when the account goes, and taken along too
    pointing = {
        table.name
        for table in Base.metadata.tables.values()
        if "user_id" in table.columns and table.columns["user_id"].foreign_keys
    }
    assert pointing <= taken_along | persons.OF_TEAMS | mention


def test_leaving_takes_everything_but_what_a_team_keeps(
    app: Flask, make_person: Make, caplog: pytest.LogCaptureFixture
) -> None:
    cara, omar = make_person(name="Cara Diaz"), make_person(name="Omar Said")
    hers, his = cara.id, omar.id
    with app.app_context():
        attempt(hers, AttemptKind.MOCK)
        hiring = attempt(hers, AttemptKind.HIRING)
        others = attempt(his, AttemptKind.MOCK)
        db.session.add(Notes(attempt_id=hiring, text="private", revision=1, saved_at=database_now()))
        db.session.commit()
    assert [row["text"] for row in taken(cara)["notes.json"]] == ["private"]
    assert "1 interview that a team invited you to stays" in cara.get("/account/delete").text
    assert cara.post("/account/delete", {"password": "wrong"}).status_code == 422
    with app.app_context():
        assert count(Attempt) == 3
    caplog.clear()
    with caplog.at_level("INFO"):
        reply = cara.post("/account/delete", {"password": PASSWORD})
    assert reply.status_code == 302
    assert "person.deleted" in caplog.text
    assert cara.email not in caplog.text
    with app.app_context():
        assert db.session.scalars(select(Attempt.id).order_by(Attempt.id)).all() == [hiring, others]
        kept = db.session.get_one(Attempt, hiring)
        assert (kept.user.name, kept.user.is_enabled) == (f"Former candidate {hiring}", False)
        assert kept.responses[0].answer == {"files": {"a.py": "mine"}}
        assert count(Submission) == 2
        assert count(Notes) == 0, "they were for nobody else"
        assert kept.invitation is not None
        assert kept.invitation.generation == 2
        assert db.session.scalars(select(Recording.device).where(Recording.attempt_id == hiring)).one() == ""
        tables = Base.metadata.tables.values()
        everything = repr([tuple(row) for table in tables for row in db.session.execute(select(table))])
        assert omar.email in everything
        for trace in (cara.email, "Cara"):
            assert trace not in everything
    assert cara.sign_in().status_code == 401
    assert cara.get("/account").status_code == 302


def test_nobody_leaves_in_the_middle_of_an_interview(app: Flask, make_person: Make) -> None:
    cara = make_person()
    hers = cara.id
    with app.app_context():
        attempt(hers, AttemptKind.MOCK, days_ago=0, is_over=False)
    reply = cara.post("/account/delete", {"password": PASSWORD})
    assert reply.status_code == 409
    assert "Hand it in first" in reply.text


def test_the_only_admin_stays(admin: Person) -> None:
    reply = admin.post("/account/delete", {"password": PASSWORD})
    assert reply.status_code == 409
    assert "only admin" in reply.text


@pytest.mark.parametrize("act", ["anonymise", "delete"])
def test_retention_ends_what_is_old_and_says_it_first(
    make_app: Callable[..., Flask], act: str, capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app(RETENTION_DAYS=90, RETENTION=act)
    with app.app_context():
        cara = User(email="cara@example.org", name="Cara", password_hash="x", created_at=database_now())
        db.session.add(cara)
        db.session.commit()
        old, new = (
            attempt(guest_or, AttemptKind.HIRING, days_ago=d)
            for guest_or, d in ((guest(), 91), (cara.id, 89))
        )
        with_account = attempt(cara.id, AttemptKind.HIRING, days_ago=400)
        mock = attempt(cara.id, AttemptKind.MOCK, days_ago=400)
        unused = Invitation(
            interview_id="backend", version_id=1, email="nobody@example.org", name="Nobody",
            created_at=database_now() - timedelta(days=91),
        )  # fmt: skip
        db.session.add(unused)
        db.session.commit()
        listed = retention.due()
        assert [one.id for one in listed.attempts] == [with_account, old]
        assert (listed.attempt_count, listed.invitation_count) == (2, 1)
        assert retention.apply() == (2, 1)
        assert retention.due().attempt_count == 0
        assert retention.apply() == (0, 0)
        kept = set(db.session.scalars(select(Attempt.id)))
        told = repr(
            [tuple(row) for row in db.session.execute(select(User.name, User.email))]
            + [tuple(row) for row in db.session.execute(select(Invitation.name, Invitation.email))]
        )
        if act == "delete":
            assert kept == {new, mock}
            assert count(User) == 1
            assert count(Submission) == 2
        else:
            assert kept == {old, new, with_account, mock}
            assert db.session.get_one(Attempt, old).responses[0].points == 0.5
            assert count(SignIn) == 0
        assert "Nobody" not in told
        assert told.count("'Cara'") == 2  # the account, and the invitation that is not old
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "retention.applied")).one()
        assert (entry.subject, entry.facts["attempts"], entry.facts["invitations"]) == (act, 2, 1)


def test_without_days_everything_stays(app: Flask) -> None:
    with app.app_context():
        attempt(guest(), AttemptKind.HIRING, days_ago=4000)
        assert retention.due().attempt_count == 0
        assert retention.apply() == (0, 0)
        assert count(Attempt) == 1


def test_the_command_and_the_page_list_what_is_due(
    make_app: Callable[..., Flask], settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    app = make_app(RETENTION_DAYS=30, RETENTION="anonymise")
    with app.app_context():
        old = attempt(guest(), AttemptKind.HIRING, days_ago=31)
    for name, value in (("DATABASE_URL", settings["DATABASE_URL"]), ("VAR", settings["VAR"])):
        monkeypatch.setenv(f"QUIZAPP_{name}", value)
    monkeypatch.setenv("QUIZAPP_REDIS_URL", settings["REDIS_URL"])
    assert retention_cli.main([]) == 0
    assert "Everything is kept" in capsys.readouterr().out
    monkeypatch.setenv("QUIZAPP_RETENTION_DAYS", "30")
    assert retention_cli.main([]) == 0
    assert "1 attempts and 0 invitations, older than 30 days, are due: anonymise." in capsys.readouterr().out
    assert retention_cli.main(["--apply"]) == 0
    with app.app_context():
        assert db.session.get_one(Attempt, old).user.name == f"Former candidate {old}"
