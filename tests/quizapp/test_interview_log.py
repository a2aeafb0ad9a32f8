"""The log of an interview, which its owners read: what is in it, for whom, and what it never tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import select, text

from quizapp import create_app, database
from quizapp.extensions import db
from quizapp.models import AttemptKind, AuditEntry, Role
from quizapp.rules import logged
from quizapp.rules.logged import Change
from quizapp.services import audit
from tests.quizapp.hirings import OWNER, REVIEWER, VIEWER, Hiring, hire
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.test_records import attempt, guest

LOG = "/manage/interviews/backend/log"


@pytest.fixture
def hiring(app: Flask, library: Shelf, manager: Person) -> Hiring:
    return hire(app, {OWNER: manager})


def test_owners_read_what_was_done_with_before_and_after(
    hiring: Hiring, manager: Person, make_person: Callable[..., Person]
) -> None:
    sitting = hiring.sat(make_person(name="Kofi Mensah"))
    colleague = make_person(Role.MANAGER, name="Rene Colleague")
    hiring.give(colleague, REVIEWER)
    manager.post(f"/manage/interviews/backend/roles/{colleague.id}", {"role": "owner"})
    manager.post("/manage/interviews/backend/reviewing", {"independent": "1"})
    manager.post("/manage/interviews/backend/invitations", {"email": "ines@example.org", "name": "Ines"})
    colleague.post(
        f"/manage/attempts/{sitting.attempt_id}/decision",
        {"choice": "advance", "reason": "Clear and short.", "revision": "0"},
    )
    page = manager.get(LOG).text
    for words in (
        "Role in an interview changed",
        "Way of reviewing changed",
        '<span class="muted">independent:</span> <span class="strong">no</span>',
        "Invitation of Ines",
        "Rene Colleague",
        "Decision",
        '<span class="faint">nothing</span>',
        "Clear and short.",
        ">Kofi Mensah</a>",
    ):
        assert words in page, words
    assert "127.0.0.1" not in page, "from where a colleague works is for admins"
    page = manager.get(f"{LOG}?action=attempt.decided").text
    assert "Clear and short." in page
    assert "Invitation of Ines" not in page


def test_nobody_sees_the_log_of_another_interview(
    hiring: Hiring, manager: Person, make_person: Callable[..., Person]
) -> None:
    stranger, reviewer, viewer = (make_person(Role.MANAGER) for _ in range(3))
    hire(hiring.app, {OWNER: stranger}, name="data")
    hiring.give(reviewer, REVIEWER)
    hiring.give(viewer, VIEWER)
    for person, slug in ((manager, "backend"), (stranger, "data")):
        path = f"/manage/interviews/{slug}/invitations"
        assert person.post(path, {"email": f"{slug}@example.org"}).status_code == 303
    assert "Invitation of backend@example.org" in manager.get(LOG).text
    assert "data@example.org" not in manager.get(LOG).text
    assert "Invitation of data@example.org" in stranger.get("/manage/interviews/data/log").text
    assert [one.get(LOG).status_code for one in (stranger, reviewer, viewer)] == [404, 403, 403]
    assert f'href="{LOG}"' in manager.get("/manage/interviews/backend").text
    assert f'href="{LOG}"' not in reviewer.get("/manage/interviews/backend").text


def test_the_log_keeps_to_blindness_and_to_independence(
    hiring: Hiring, manager: Person, make_person: Callable[..., Person]
) -> None:
    hiring.set(is_blind=True, is_independent=True)
    sitting = hiring.sat(make_person(name="Kofi Mensah"))
    colleague = make_person(Role.MANAGER, name="Rene Colleague")
    hiring.give(colleague, REVIEWER)
    report = f"/manage/attempts/{sitting.attempt_id}"
    sent = {"choice": "reject", "reason": "Too slow for us.", "revision": "0"}
    assert colleague.post(f"{report}/recommendation", sent).status_code == 303
    with hiring.app.app_context():
        audit.record("invitation.accepted", "invitation 1 to backend", interview="backend", by="a guest")
        db.session.commit()
    page = manager.get(LOG).text
    assert "Recommendation" in page
    assert f">Candidate {sitting.attempt_id}</a>" in page
    for words in ("Too slow", "reject", "Kofi", "Invitation accepted</th>"):
        assert words not in page, words
    hiring.set(is_blind=False, is_independent=False)
    page = manager.get(LOG).text
    for words in ("Too slow", "reject", "Kofi", "Invitation accepted</th>"):
        assert words in page, words


def test_long_logs_come_in_pages(hiring: Hiring, manager: Person) -> None:
    with hiring.app.app_context():
        for number in range(60):
            audit.record("interview.draft_saved", f"draft {number:02}", interview="backend")
        db.session.commit()
        last = db.session.scalars(select(AuditEntry.id).where(AuditEntry.subject == "draft 10")).one()
    page = manager.get(LOG).text
    assert "draft 59" in page
    assert "draft 09" not in page
    assert f"older_than={last}" in page
    assert "draft 09" in manager.get(f"{LOG}?older_than={last}").text
    assert "No entries" in manager.get(f"{LOG}?action=comment.added").text
    assert manager.get(f"{LOG}?older_than=x&action=nothing").status_code == 200


@pytest.mark.parametrize(
    ("facts", "changes", "further"),
    [
        (
            {"before": {"a_b": 1, "c": [1]}, "after": {"a_b": 2, "c": [1]}},
            [Change("a b", "1", "2")],
            [],
        ),
        ({"before": None, "after": {"x": True}}, [Change("x", "nothing", "yes")], []),
        ({"before": None, "after": "owner"}, [Change("", "nothing", "owner")], []),
        ({"before": 2.0, "points": 3.5, "regrade": 7}, [Change("", "2", "3.5")], [("regrade", "7")]),
        ({"before_version": None, "after_version": 2}, [Change("version", "nothing", "2")], []),
        (
            {"changed": {"Title": {"before": ["A"], "after": []}}, "address": "::1"},
            [Change("Title", "A", "nothing")],
            [],
        ),
        (
            {"before": {"closes_at": None}, "after": {"closes_at": "2026-05-20T10:00:00+02:00"}},
            [Change("closes", "nothing", "20 May 2026, 08:00 UTC")],
            [],
        ),
        ({"points": 4, "note": "", "interview": "x"}, [], [("points", "4")]),
    ],
)
def test_facts_are_told_as_what_was_before_and_after(
    facts: dict[str, Any], changes: list[Change], further: list[tuple[str, str]]
) -> None:
    assert logged.changes(facts) == changes
    assert logged.further(facts) == further


def test_entries_of_before_find_their_interview(settings: dict[str, Any], database_url: str) -> None:
    app = create_app({**settings, "DATABASE_URL": database_url})
    database.upgrade(app)
    with app.app_context():
        sat = attempt(guest(), AttemptKind.HIRING)
        db.session.remove()
        config = database.alembic_config()
        command.downgrade(config, "0015")
        for subject, facts in (
            (f"attempt {sat}", "{}"),
            ("comment 1", json.dumps({"attempt": sat})),
            ("invitation 9 to data", "{}"),
            ("public link of data", "{}"),
            ("a@example.org", '{"interview": "backend"}'),
            ("attempt 999999999999", "{}"),
            ("a@example.org", "{}"),
        ):
            db.session.execute(
                text("INSERT INTO audit_entries (at, action, subject, facts) VALUES (:at, 'x', :s, :f)"),
                {"at": "2026-05-01 09:00:00+00:00", "s": subject, "f": facts},
            )
        db.session.commit()
        db.session.remove()
        command.upgrade(config, "head")
        found = db.session.scalars(select(AuditEntry.interview_id).order_by(AuditEntry.id)).all()
        assert found == ["backend", "backend", "data", "data", "backend", None, None]
        db.session.remove()
        db.engine.dispose()
    app.extensions["redis"].close()
