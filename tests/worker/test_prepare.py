"""What a fresh site has for people who try it out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import select

from quizapp import create_app, database
from quizapp.extensions import db
from quizapp.models import Interview, InterviewRole, Team, User
from quizapp.services import content, hiring
from worker import prepare

ROOT = Path(__file__).resolve().parents[2]


def test_the_managers_account_has_a_team_with_an_interview_to_invite_to(
    tmp_path: Path, redis_url: str
) -> None:
    app = create_app(
        {
            "TESTING": True, "VAR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'q.db'}",
            "REDIS_URL": redis_url, "SECRET_KEY": "k" * 40, "ARGON2_PASSES": 1, "ARGON2_MEMORY_KIB": 64,
        }
    )  # fmt: skip
    try:
        database.upgrade(app)
        with app.app_context():
            content.sync([ROOT / "questions"])
            made = prepare.demo_accounts()
            for _ in range(2):  # the second start makes nothing
                prepare.make_demo_team()
            assert {account["role"] for account in made} == {"candidate", "manager", "author", "admin"}
            team = db.session.scalars(select(Team)).one()
            assert [member.user.email for member in team.members] == ["manager@example.org"]
            interview = db.session.scalars(select(Interview).where(Interview.kind == "hiring")).one()
            assert interview.version is not None
            manager = db.session.scalars(select(User).where(User.email == "manager@example.org")).one()
            assert hiring.access(manager, interview.id).role is InterviewRole.OWNER
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        app.extensions["redis"].close()


def test_a_database_that_cannot_be_used_is_named(tmp_path: Path, redis_url: str) -> None:
    environment = {
        **os.environ,
        "QUIZAPP_VAR": str(tmp_path),
        "QUIZAPP_DATABASE_URL": f"postgresql://somebody:secret@/quizapp?host={tmp_path}",
        "QUIZAPP_REDIS_URL": redis_url,
        "QUIZAPP_SECRET_KEY": "k" * 40,
    }
    command = [sys.executable, "-m", "worker.prepare", "--accounts-to", "1"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    said = done.stdout.splitlines()[-1]
    assert said.startswith("The database postgresql+psycopg://somebody:***@/quizapp?host=")
    assert " cannot be used: " in said
