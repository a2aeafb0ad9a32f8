"""An alarm is opened once, counted up while it lasts, and closed by its cause's end or by a person."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import Alarm, User
from quizapp.services import alarms
from tests.quizapp.people import Person


def test_the_same_thing_again_counts_up_the_open_alarm(app: Flask) -> None:
    with app.app_context():
        alarms.raise_alarm("sandbox", "The engine is away")
        alarms.raise_alarm("sandbox", "The images are missing")
        alarms.raise_alarm("quarantined", "Look at it", alarms.of_submission(7))
        found = {(alarm.kind, alarm.subject): alarm for alarm in alarms.open_alarms()}
        assert set(found) == {("sandbox", ""), ("quarantined", "submission 7")}
        assert found["sandbox", ""].count == 2
        assert found["sandbox", ""].text == "The images are missing"


def test_a_settled_alarm_is_opened_anew(app: Flask) -> None:
    with app.app_context():
        alarms.raise_alarm("sandbox", "The engine is away")
        assert alarms.settle("sandbox")
        assert not alarms.settle("sandbox")
        assert list(alarms.open_alarms()) == []
        alarms.raise_alarm("sandbox", "The engine is away again")
        assert [alarm.count for alarm in alarms.open_alarms()] == [1]


def test_a_person_settles_one_alarm_once(app: Flask, make_person: Callable[..., Person]) -> None:
    email = make_person().email
    with app.app_context():
        actor = db.session.scalars(select(User).where(User.email == email)).one()
        alarms.raise_alarm("not_graded", "Look at it", alarms.of_submission(7))
        (alarm,) = alarms.open_alarms()
        assert alarms.settle_by(alarm.id, actor)
        assert not alarms.settle_by(alarm.id, actor)
        db.session.expire_all()
        assert db.session.get_one(Alarm, alarm.id).settled_by_id == actor.id


def test_an_unknown_kind_is_refused(app: Flask) -> None:
    with app.app_context(), pytest.raises(ValueError, match="odd"):
        alarms.raise_alarm("odd", "?")
