"""What needs no sandbox is done while there is none, by a real `quizapp worker`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from bench import crowd
from quizapp import livestatus
from quizapp.extensions import db
from quizapp.models import AttemptKind, ComparedAnswer, Export, Response, Role, User
from quizapp.receipt import database_now
from quizapp.services import exports, matching
from quizapp.services.score_table import Filters

from .conftest import ROOT
from .test_supervisor import until


@pytest.fixture
def worker(app: Flask, tmp_path: Path, redis_url: str) -> Iterator[None]:
    """One process for chores and a sweeper, and no broker: its socket is not there."""
    environment = os.environ | {
        "QUIZAPP_VAR": str(tmp_path),
        "QUIZAPP_REDIS_URL": redis_url,
        "QUIZAPP_BROKER_SOCKET": str(tmp_path / "broker.sock"),
        "QUIZAPP_SECRET_KEY": app.config["SECRET_KEY"],
    }
    counts = ("--live", "0", "--expiry", "0", "--bulk", "0", "--mail", "0", "--chores", "1")
    process = subprocess.Popen(
        [sys.executable, "-m", "quizapp.cli", "worker", *counts], cwd=ROOT, env=environment
    )
    yield
    process.terminate()
    process.wait(timeout=150)


def test_exports_and_comparisons_do_not_wait_for_the_sandbox(response: Response, worker: None) -> None:
    response_id = response.id
    manager = User(
        email="mara@example.org", name="Mara", password_hash="-", role=Role.MANAGER, created_at=database_now()
    )
    db.session.add(manager)
    db.session.commit()
    crowd.interview("crowd", crowd.team(manager.id), 1, 30)
    response.answer = {"files": {"app.py": "print(1)"}}
    attempt = response.attempt
    attempt.kind, attempt.interview_id, attempt.finished_at = AttemptKind.HIRING, "crowd", database_now()
    db.session.commit()
    assert until(lambda: livestatus.sandbox_problem() is not None), "the sweeper has seen that there is none"
    export_id = exports.ask(manager, "crowd", "csv", Filters(), with_answers=False).id

    def is_done() -> bool:
        db.session.rollback()
        db.session.expire_all()
        is_made = db.session.get_one(Export, export_id).made_at is not None
        is_compared = db.session.get(ComparedAnswer, response_id) is not None
        db.session.rollback()
        return is_made and is_compared

    matching.ring()  # the sweeper does, too
    assert until(is_done)
    assert livestatus.sandbox_problem() is not None
