"""Time given to running attempts: by people, and by the site for its own outages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from quizapp import attempts_cli, pulse
from quizapp.errors import Closed, NotFound, Unprocessable
from quizapp.extensions import db
from quizapp.models import Attempt, AuditEntry, Heartbeat, Outage
from quizapp.receipt import database_now
from quizapp.services import crediting, expiry, outages
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import Sitting, start

pytestmark = pytest.mark.usefixtures("both_stores")


def remaining(sitting: Sitting) -> float:
    told = sitting.person.get(f"{sitting.path}/clock").json
    assert told is not None
    return float(told["remaining_seconds"])


def entries(app: Flask) -> list[dict[str, Any]]:
    with app.app_context():
        wanted = select(AuditEntry).where(AuditEntry.action == "attempt.credited").order_by(AuditEntry.id)
        return [{"subject": one.subject, **one.facts} for one in db.session.scalars(wanted)]


def away(app: Flask, part: str, *, ago: float, seconds: float) -> None:
    """Have a part of the site come back that gave its last sign of life `ago` seconds before now."""
    with app.app_context():
        now = database_now()
        db.session.merge(Heartbeat(part=part, at=now - timedelta(seconds=ago)))
        db.session.commit()
        assert outages.beat(part) is not None
        found = db.session.scalars(select(Outage).order_by(Outage.id.desc())).first()
        assert found is not None
        found.ended_at = found.began_at + timedelta(seconds=seconds)
        db.session.commit()


def sign_of_life(app: Flask, part: str, *, ago: float = 0.0) -> datetime:
    with app.app_context():
        at = database_now() - timedelta(seconds=ago)
        db.session.merge(Heartbeat(part=part, at=at))
        db.session.commit()
        return at


def test_time_that_is_given_is_on_the_clock_the_page_asks_for_and_in_the_log(
    sitting: Sitting, app: Flask
) -> None:
    sitting.let_pass(minutes=20)
    assert 540 < remaining(sitting) <= 600
    with app.app_context():
        crediting.give(sitting.attempt_id, 300, "the projector failed")
    assert 840 < remaining(sitting) <= 900
    told = sitting.person.get(f"{sitting.path}/clock").json
    assert told is not None
    assert (told["credit_seconds"], told["total_seconds"]) == (300, 2100)
    (entry,) = entries(app)
    assert entry["subject"] == f"attempt {sitting.attempt_id}"
    assert (entry["seconds"], entry["reason"]) == (300, "the projector failed")


def test_the_reply_to_a_save_tells_the_clock(sitting: Sitting, app: Flask) -> None:
    sitting.let_pass(minutes=20)
    with app.app_context():
        crediting.give(sitting.attempt_id, 300, "the projector failed")
    reply = sitting.save("text", {"text": "once"}).json
    assert reply is not None
    told = reply["clock"]
    asked = sitting.person.get(f"{sitting.path}/clock").json
    assert asked is not None
    for moving in ("now", "remaining_seconds"):
        told.pop(moving), asked.pop(moving)
    assert told == asked
    assert (told["credit_seconds"], told["total_seconds"]) == (300, 2100)


def test_time_given_after_the_deadline_opens_an_attempt_that_is_not_finished_yet(
    sitting: Sitting, app: Flask
) -> None:
    sitting.let_pass(minutes=31)
    assert sitting.save("text", {"text": "late"}).status_code == 409
    with app.app_context():
        crediting.give(sitting.attempt_id, 600, "fire alarm")
    assert sitting.save("text", {"text": "in time"}).status_code == 200


def test_what_cannot_be_given_is_refused(sitting: Sitting, app: Flask) -> None:
    with app.app_context():
        for seconds, reason in ((0, "why"), (-60, "why"), (10**6, "why"), (60, "  ")):
            with pytest.raises(Unprocessable):
                crediting.give(sitting.attempt_id, seconds, reason)
        with pytest.raises(NotFound):
            crediting.give(999, 60, "why")
    sitting.hand_in()
    with app.app_context(), pytest.raises(Closed):
        crediting.give(sitting.attempt_id, 60, "why")
    assert entries(app) == []


def test_the_command_gives_time_and_says_when_the_attempt_ends_now(
    sitting: Sitting, app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(attempts_cli, "create_app", lambda: app)
    assert attempts_cli.main([str(sitting.attempt_id), "90", "--reason", "power cut"]) == 0
    ends = sitting.attempt().started_at + timedelta(minutes=30, seconds=90)
    assert f"ends at {ends:%H:%M:%S} UTC" in capsys.readouterr().out
    assert attempts_cli.main(["999", "90", "--reason", "power cut"]) == 1
    assert "no such attempt" in capsys.readouterr().err
    (entry,) = entries(app)
    assert (entry["by"], entry["seconds"]) == ("command line", 90)


def test_an_outage_is_given_back_once_and_logged(sitting: Sitting, app: Flask) -> None:
    sitting.let_pass(minutes=10)
    sign_of_life(app, "web", ago=180)
    before = remaining(sitting)
    with app.app_context():
        outage = outages.beat("web")
        assert outage is not None
        length = (outage.ended_at - outage.began_at).total_seconds()
        assert outages.beat("web") is None
    assert 178 <= length < 300
    assert sitting.attempt().outage_seconds == pytest.approx(length)
    assert remaining(sitting) > before + 150
    (entry,) = entries(app)
    assert (entry["by"], entry["reason"]) == ("the site itself", "outage")
    assert entry["seconds"] == pytest.approx(length, abs=0.01)


def test_two_parts_that_are_away_at_once_count_once(sitting: Sitting, app: Flask) -> None:
    sitting.let_pass(minutes=10)
    first = sign_of_life(app, "web", ago=240)
    sign_of_life(app, "sweeper", ago=120)
    with app.app_context():
        assert outages.beat("web") is not None
        last = outages.beat("sweeper")
        assert last is not None
        length = (last.ended_at - first).total_seconds()
    assert sitting.attempt().outage_seconds == pytest.approx(length, abs=1)
    assert 239 <= length < 360


def test_a_restart_is_no_outage(sitting: Sitting, app: Flask) -> None:
    sign_of_life(app, "web", ago=5)
    with app.app_context():
        assert outages.beat("web") is None
        assert outages.beat("new") is None
    assert sitting.attempt().outage_seconds == 0


def test_who_had_no_time_left_or_had_not_begun_is_owed_nothing(sitting: Sitting, app: Flask) -> None:
    sitting.let_pass(minutes=40)
    sign_of_life(app, "web", ago=300)
    with app.app_context():
        outages.beat("web")
    assert sitting.attempt().outage_seconds == 0
    sitting.hand_in()
    again = start(sitting.person)
    with app.app_context():
        crediting.give_for_outages()
        db.session.commit()
    assert again.attempt().outage_seconds == 0


def test_outages_are_credited_up_to_a_cap(sitting: Sitting, app: Flask) -> None:
    app.config["OUTAGE_CREDIT_MOST_SECONDS"] = 100
    sitting.let_pass(minutes=20)
    sign_of_life(app, "web", ago=600)
    with app.app_context():
        outages.beat("web")
    assert sitting.attempt().outage_seconds == 100


def test_a_part_of_an_interview_gets_what_it_lost(candidate: Person, library: Shelf, app: Flask) -> None:
    timed = {"title": "Concepts", "kinds": ["choice"], "count": 3, "own_minutes": 10}
    library.blueprint(sections=[timed, {"title": "Read", "kinds": ["text"], "count": 1}])
    library.publish(app)
    sitting = start(candidate)
    sitting.let_pass(minutes=5)
    sign_of_life(app, "web", ago=120)
    with app.app_context():
        outages.beat("web")
        crediting.give(sitting.attempt_id, 60, "why")
    told = sitting.person.get(f"{sitting.path}/clock").json
    assert told is not None
    assert 775 < told["part"]["total_seconds"] < 1000
    sitting.person.post(f"{sitting.path}/part", {"part": "0"})
    with app.app_context():
        first, second = db.session.get_one(Attempt, sitting.attempt_id).passes
        assert first.credit_seconds == 60
        assert first.outage_seconds >= 119
        assert (second.credit_seconds, second.outage_seconds) == (0, 0)


def test_no_attempt_is_ended_during_an_outage_or_in_the_minute_after(sitting: Sitting, app: Flask) -> None:
    sitting.let_pass(minutes=45)
    sign_of_life(app, "sweeper")
    sign_of_life(app, "web", ago=40)
    with app.app_context():
        assert expiry.finish_expired().closed == 0, "the web is away"
    away(app, "web", ago=40, seconds=5)  # it ended 35 seconds ago
    with app.app_context():
        assert expiry.finish_expired().closed == 0, "it is back, but nobody had time to come back"
        for outage in db.session.scalars(select(Outage)):
            outage.ended_at -= timedelta(seconds=30)
            outage.began_at -= timedelta(seconds=30)
        db.session.commit()
        assert expiry.finish_expired().closed == 1


def test_a_part_that_is_gone_for_good_is_not_waited_for(sitting: Sitting, app: Flask) -> None:
    sitting.let_pass(minutes=45)
    sign_of_life(app, "web", ago=3 * 3600)
    with app.app_context():
        assert expiry.finish_expired().closed == 1


def test_the_pulse_of_a_process_starts_before_it_does_anything_else(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "EVERY_SECONDS", 0.05)
    end = pulse.start(app, "web")
    try:
        with app.app_context():
            first = db.session.get_one(Heartbeat, "web").at
            while db.session.get_one(Heartbeat, "web", populate_existing=True).at == first:
                db.session.rollback()
    finally:
        end()


def test_time_that_is_given_counts_outages_that_fell_into_it(sitting: Sitting, app: Flask) -> None:
    sitting.let_pass(minutes=32)
    away(app, "web", ago=60, seconds=60)  # it began a minute after the time was over
    assert sitting.attempt().outage_seconds == 0
    with app.app_context():
        crediting.give(sitting.attempt_id, 300, "fire alarm")
    assert sitting.attempt().outage_seconds == pytest.approx(60)
