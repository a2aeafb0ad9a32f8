"""What has to be in the stores before the site opens: the schema, the questions, and accounts for trying out.

A program of its own, because it runs as the unprivileged user; what it says is read by whoever started the site.
"""

import argparse
import json
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from quizapp import create_app, database
from quizapp.config import ConfigurationError
from quizapp.errors import Refusal
from quizapp.extensions import db
from quizapp.models import Role, User
from quizapp.services import accounts, blueprints, content, publishing, teams

DEMO_DOMAIN = "example.org"
DEMO_NAMES = {
    Role.CANDIDATE: "Casey Candidate",
    Role.MANAGER: "Morgan Manager",
    Role.AUTHOR: "Alex Author",
    Role.ADMIN: "Andy Admin",
}


def main(argv: Sequence[str]) -> int:
    """Prepare the stores: 0, or 1 after a last line that says what to do."""
    parser = argparse.ArgumentParser(prog="worker.prepare")
    parser.add_argument(
        "--accounts-to", type=int, required=True, help="file descriptor for the accounts, as JSON"
    )
    parser.add_argument("--no-demo", action="store_true", help="make no accounts for trying out")
    options = parser.parse_args(argv)
    try:
        app = create_app()
    except ConfigurationError as problem:
        print(problem)
        return 1
    with app.app_context():
        try:
            database.upgrade(app)
            made = _prepare(app, with_demo=not options.no_demo)
        except content.RootMissing as problem:
            print(problem)
            return 1
        except SQLAlchemyError as error:
            print(f"The database {_place()} cannot be used: {str(error).splitlines()[0]}")
            return 1
    with os.fdopen(options.accounts_to, "w") as pipe:
        json.dump(made, pipe)
    return 0


def _prepare(app: Flask, *, with_demo: bool) -> list[dict[str, str]]:
    print(f"database: {_place()} has the newest schema")
    _publish(app)
    if not with_demo:
        return []
    made = demo_accounts()
    make_demo_team()
    return made


def _place() -> str:
    """The database's address without its password, or its file."""
    url = db.engine.url
    return (
        str(url.database) if url.drivername.startswith("sqlite") else url.render_as_string(hide_password=True)
    )


def _publish(app: Flask) -> None:
    done = content.sync([Path(root) for root in app.config["QUESTIONS"]])
    changes = [
        f"{len(ids)} {what}"
        for what, ids in (("new", done.added), ("changed", done.changed), ("retired", done.retired))
        if ids
    ]
    print(f"questions: {', '.join(changes) or 'nothing changed'}")
    for finding in done.findings:
        print(finding)


def demo_accounts() -> list[dict[str, str]]:
    """One account for each role, by role and address, with its password when it was made just now."""
    return [_demo_account(role, name) for role, name in DEMO_NAMES.items()]


def make_demo_team() -> None:
    """A team of the managers' demo account with an interview to invite people to; nothing where there is a team."""
    if teams.rosters():
        return
    admin, manager = (accounts.by_email(f"{role.value}@{DEMO_DOMAIN}") for role in (Role.ADMIN, Role.MANAGER))
    team = teams.create("Backend hiring", actor=admin)
    teams.add(team.id, manager.email, actor=admin)
    try:
        interview = blueprints.create(manager, "Flask, first round", team.id)
        publishing.publish(manager, interview.id, interview.draft_revision, "The first version")
    except Refusal as refusal:  # a site with few questions, or none, has no interview to show
        print(f"demo: no interview was made: {refusal.message}")


def _demo_account(role: Role, name: str) -> dict[str, str]:
    email = f"{role.value}@{DEMO_DOMAIN}"
    there = db.session.scalar(select(User.id).where(User.email == email))
    db.session.rollback()
    if there:
        return {"role": role.value, "email": email}
    password = secrets.token_urlsafe(12)
    accounts.register(email, name, password, role)
    return {"role": role.value, "email": email, "password": password}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
