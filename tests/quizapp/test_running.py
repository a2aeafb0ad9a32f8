"""The page on which managers look after running attempts and give them time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    AuditEntry,
    Interview,
    InterviewMember,
    InterviewRole,
    Team,
    TeamMember,
    TimeCredit,
)
from quizapp.receipt import database_now
from quizapp.services import crediting
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import Sitting, start

pytestmark = pytest.mark.usefixtures("both_stores")

BACKEND = "/manage/running/backend"
MOCK = "/manage/running/first-round"


@pytest.fixture
def hire(app: Flask, library: Shelf) -> Callable[..., Sitting]:
    """Have somebody sit the hiring interview of a team."""

    def sit(person: Person, *, is_blind: bool = False) -> Sitting:
        sat = start(person)
        with app.app_context():
            now = database_now()
            if db.session.get(Interview, "backend") is None:
                mock = db.session.get_one(Interview, "first-round")
                team = Team(name="Backend", created_at=now)
                db.session.add(
                    Interview(
                        id="backend",
                        bank_id=mock.bank_id,
                        kind="hiring",
                        title="Backend developer",
                        blueprint=mock.blueprint,
                        team=team,
                        created_at=now,
                        is_blind=is_blind,
                    )
                )
                db.session.flush()
            attempt = db.session.get_one(Attempt, sat.attempt_id)
            attempt.interview_id, attempt.kind = "backend", AttemptKind.HIRING
            db.session.commit()
        return sat

    return sit


def join(person: Person, role: InterviewRole | None = None) -> None:
    """Make a manager a member of the interview's team, with a role in the interview or none."""
    number = person.id
    with person.app.app_context():
        now = database_now()
        team = db.session.scalars(select(Team.id)).one()
        db.session.add(TeamMember(team_id=team, user_id=number, added_at=now))
        if role is not None:
            db.session.add(InterviewMember(interview_id="backend", user_id=number, role=role, given_at=now))
        db.session.commit()


def remaining(sitting: Sitting) -> float:
    told = sitting.person.get(f"{sitting.path}/clock").json
    assert told is not None
    return float(told["remaining_seconds"])


def form(
    attempt: int | str, minutes: int = 5, key: str = "one", reason: str = "fire alarm"
) -> dict[str, str]:
    return {"attempt": str(attempt), "minutes": str(minutes), "seconds": "30", "reason": reason, "key": key}


def test_a_reviewer_gives_time_to_one_attempt_and_the_page_says_who_why_and_when(
    hire: Callable[..., Sitting], make_person: Callable[..., Person], manager: Person, app: Flask
) -> None:
    first, second = hire(make_person(name="Ines Okafor")), hire(make_person(name="Omar Lind"))
    join(manager, InterviewRole.REVIEWER)
    manager_id = manager.id
    assert "Backend developer" in manager.get("/manage/running").text
    first.let_pass(minutes=10)
    second.let_pass(minutes=10)
    reply = manager.post(BACKEND, form(first.attempt_id), follow_redirects=True)
    assert "5 min 30 s more for 1 attempt" in reply.text
    assert "5 min 30 s: fire alarm" in reply.text
    assert "Mara Haugen" in reply.text
    assert 1470 < remaining(first) <= 1530
    assert 1140 < remaining(second) <= 1200
    with app.app_context():
        (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "attempt.credited"))
        assert (entry.actor_id, entry.subject) == (manager_id, f"attempt {first.attempt_id}")
        assert (entry.facts["seconds"], entry.facts["reason"]) == (330, "fire alarm")


def test_all_who_sit_it_get_time_at_once_and_a_second_press_of_the_button_gives_nothing(
    hire: Callable[..., Sitting], make_person: Callable[..., Person], manager: Person, app: Flask
) -> None:
    sittings = [hire(make_person()) for _ in range(3)]
    sittings[2].hand_in()
    join(manager, InterviewRole.OWNER)
    for _ in range(2):
        assert manager.post(BACKEND, form("all")).status_code == 303
    with app.app_context():
        given = db.session.scalars(select(TimeCredit).order_by(TimeCredit.attempt_id)).all()
        assert [(one.attempt_id, one.seconds) for one in given] == [
            (one.attempt_id, 330) for one in sittings[:2]
        ]
        seconds = db.session.scalars(select(Attempt.credit_seconds).order_by(Attempt.id)).all()
        assert seconds == [330, 330, 0]
    assert "Nothing was given" in manager.post(BACKEND, form("all"), follow_redirects=True).text
    assert "2 attempts" in manager.post(BACKEND, form("all", key="two"), follow_redirects=True).text


def test_a_viewer_looks_on_others_do_not_and_nobody_but_an_admin_reaches_a_mock(
    hire: Callable[..., Sitting], make_person: Callable[..., Person], manager: Person, admin: Person
) -> None:
    sitting, mock = hire(make_person()), start(make_person())
    for path in (BACKEND, MOCK, "/manage/running/-", "/manage/running/nothing"):
        assert manager.get(path).status_code == 404
        assert manager.post(path, form("all")).status_code == 404
    assert "Nobody sits an interview of yours" in manager.get("/manage/running").text
    join(manager)
    page = manager.get(BACKEND)
    assert page.status_code == 200
    assert "Giving time needs the role reviewer" in page.text
    assert manager.post(BACKEND, form(sitting.attempt_id)).status_code == 403
    assert "Open to all" not in manager.get("/manage/running").text
    assert admin.post(MOCK, form(mock.attempt_id)).status_code == 303
    assert admin.post(BACKEND, form(mock.attempt_id)).status_code == 404, "of another interview"
    assert (mock.attempt().credit_seconds, sitting.attempt().credit_seconds) == (330, 0)


def test_what_cannot_be_given_is_said_beside_the_form_and_what_was_typed_stays(
    sitting: Sitting, admin: Person
) -> None:
    for wrong in (
        form(sitting.attempt_id, minutes=2000),
        form(sitting.attempt_id, reason="  "),
        form(sitting.attempt_id) | {"minutes": "five"},
        form(sitting.attempt_id) | {"minutes": "0", "seconds": "0"},
    ):
        reply = admin.post(MOCK, wrong)
        assert reply.status_code == 422
        assert 'id="problem"' in reply.text
        assert f'<option value="{sitting.attempt_id}" selected>' in reply.text
    sitting.hand_in()
    assert admin.post(MOCK, form(sitting.attempt_id)).status_code == 404
    assert sitting.attempt().credit_seconds == 0


def test_names_stay_hidden_where_they_come_after_decisions(
    hire: Callable[..., Sitting], make_person: Callable[..., Person], manager: Person
) -> None:
    sitting = hire(make_person(name="Ines Okafor"), is_blind=True)
    join(manager, InterviewRole.REVIEWER)
    page = manager.get(BACKEND).text.replace("<wbr>", "")
    assert f"Candidate {sitting.attempt_id}" in page
    assert "Ines Okafor" not in page
    assert sitting.person.email not in page


def test_outages_and_time_from_the_command_line_are_shown_too(
    sitting: Sitting, admin: Person, app: Flask
) -> None:
    with app.app_context():
        attempt = db.session.get_one(Attempt, sitting.attempt_id)
        attempt.outage_seconds = 75
        attempt.started_at -= timedelta(hours=2)
        db.session.commit()
        crediting.give(sitting.attempt_id, 60, "power cut")
    page = admin.get(MOCK).text
    assert "1 min 15 s" in page
    assert "1 min: power cut" in page
    assert "command line" in page
    assert "<strong>over</strong>" in page
