"""Whose fault it was: runs that real kills end each time are the submission's, or ours, as a control run tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import TextClause, select, text

from quizapp.models import QuestionVersion, ResponseState, Submission
from quizapp.services import leases, submissions
from sandbox.engine import Engine
from tests.faults.desk import HONEST, Desk, until
from tests.faults.meddler import Meddler, kill_all
from tests.sandbox.conftest import RunningBroker

pytestmark = [pytest.mark.docker, pytest.mark.slow]

MARK = "# the one that is meddled with"
TALKS = "    print('here', flush=True); import time; time.sleep(1)\n"
MARKED = HONEST.replace("def index():\n", f"def index():\n{TALKS}") + MARK


@pytest.fixture
def meddler(start_broker: Callable[..., RunningBroker], short_path: Path) -> Iterator[Meddler]:
    broker = start_broker(QUIZAPP_SANDBOX_POOL_SIZE="2", QUIZAPP_SANDBOX_MAX_RUNNING="2")
    broker.wait_until(lambda health: health.ready)
    meddler = Meddler(short_path / "meddler.sock", broker)
    yield meddler
    meddler.close()
    broker.stop()


@pytest.mark.parametrize("role", ["grader", "candidate"])
def test_what_breaks_the_sandbox_each_time_is_marked_for_a_look(
    make_desk: Callable[[str, Path], Desk], store: str, meddler: Meddler, engine: Engine, role: str
) -> None:
    meddler.chooses = lambda program: MARK in program.files["app.py"]
    meddler.meddle = partial(kill_all, engine, meddler.broker.socket, role)
    desk = make_desk(store, meddler.path)
    desk.start_worker()
    number = desk.send(MARKED)
    assert desk.verdict(number) == "runtime_error"
    submission = desk.look(number)
    assert meddler.runs == 3, "tried again twice"
    assert submission.internal_errors == 2
    assert submission.outcome is not None
    assert submission.outcome["is_suspect"]
    assert ("suspect", f"submission {number}") in until(desk.alarms, "an alarm is raised")
    desk.check()


def test_a_fault_that_does_not_come_again_costs_nothing(
    make_desk: Callable[[str, Path], Desk], store: str, meddler: Meddler, engine: Engine
) -> None:
    meddler.chooses = lambda program: MARK in program.files["app.py"] and not meddler.runs
    meddler.meddle = partial(kill_all, engine, meddler.broker.socket, "grader")
    desk = make_desk(store, meddler.path)
    desk.start_worker()
    number = desk.send(MARKED)
    assert desk.verdict(number) == "accepted"
    assert desk.look(number).internal_errors == 1
    assert desk.response().points == 10.0
    assert desk.alarms() == {}
    desk.check()


def test_when_the_control_fails_too_nothing_is_counted_until_it_is_graded_again(
    make_desk: Callable[[str, Path], Desk], store: str, meddler: Meddler, engine: Engine
) -> None:
    """The reference solution talks too, so that every run of this question is hit: its grader is killed each time."""
    desk = make_desk(store, meddler.path)
    _let_the_reference_talk(desk)
    desk.start_worker()
    meddler.meddle = partial(kill_all, engine, meddler.broker.socket, "grader")
    meddler.chooses = lambda _program: True
    number = desk.send(MARKED)
    assert desk.verdict(number) == "internal_error"
    response = desk.response()
    assert response.state is ResponseState.NOT_GRADED
    assert (response.points, response.tries) == (None, 0)
    alarm = until(desk.alarms, "an alarm is raised")["not_graded", f"submission {number}"]
    assert "Nothing is counted" in alarm

    meddler.chooses = lambda _program: False
    with desk.session() as session:
        session.execute(_forget_the_verdict())
        assert leases.bring_back(number)
        session.commit()
        submissions.ring(session.get_one(Submission, number))
    assert desk.verdict(number) == "accepted"
    assert desk.response().points == 10.0
    until(lambda: not desk.alarms(), "the alarm is settled")
    desk.check()


def _let_the_reference_talk(desk: Desk) -> None:
    with desk.session() as session:
        version = session.scalars(select(QuestionVersion)).one()
        version.content = version.content | {"solution": {"app.py": MARKED}}
        session.commit()


def _forget_the_verdict() -> TextClause:
    """Take the first verdict out of the desk's notes, in which each submission has one."""
    return text("DELETE FROM written")
