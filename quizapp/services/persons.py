"""What is kept of one person: all of it as a file for them, and taking it away.

Whose a row is, the tables say themselves: what would go with an account (a foreign key that cascades, straight or
through other rows) is the person's. Attempts at a team's interviews are records of that team too: when a person goes,
they stay without the person, until the site's retention ends them.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Column, Table, delete, func, or_, select, update

from quizapp.errors import Conflict
from quizapp.extensions import db
from quizapp.models import (
    OWN_SCOPES,
    Attempt,
    AttemptKind,
    AuditEntry,
    Base,
    Invitation,
    Notes,
    Recording,
    Role,
    Scope,
    SignIn,
    Submission,
    User,
)
from quizapp.receipt import database_now, received_at
from quizapp.rules import tapes
from quizapp.services import accounts, audit, clocks, exports, holding, showing, sign_ins

# Never in a file: what opens doors, and what the tests of an interview say.
_SECRET = ("_hash", "outcome", "contract")
# Of a team's interview the team says what is shown, and other interviews have their own rule for that; the answers
# themselves are the person's. The moments and faults of grading tell as well, and so does what was noted on a report.
_JUDGEMENT = {
    *(
        "points",
        "first_points",
        "is_solved",
        "mark",
        "percent",
        "verdict",
        "share",
        "sections",
        "before",
        "after",
    ),
    *("state", "tries", "note", "finished_at", "taken_at", "internal_errors", "is_from_cache"),
}
# What reviewers do with an attempt, and what was worked out over several people's, is no record of one candidate.
OF_TEAMS = {
    "attempt_scores",
    "comments",
    "compared_answers",
    "decisions",
    "export_parts",
    "exports",
    "fingerprints",
    "interview_members",
    "mentions",
    "point_changes",
    "recommendations",
    "regrade_items",
    "reviews",
    "share_links",
    "similar_pairs",
    "team_members",
}
_OWN = {scope.value for scope in (*OWN_SCOPES, Scope.REGRADE)}
PLACE = "anonymous.invalid"  # no mail address can be there
GONE = "Former candidate"


def belongings() -> dict[Table, Column[Any]]:
    """Each table that holds rows of people, with the column that leads to the person; those led to come first."""
    found: dict[Table, Column[Any]] = {}
    users = Base.metadata.tables["users"]
    while True:
        known = {users, *found}
        new = {
            table: column
            for table in Base.metadata.tables.values()
            if table not in known and (column := _owner(table, known)) is not None
        }
        if not new:
            return found
        found |= new


def _owner(table: Table, known: set[Table]) -> Column[Any] | None:
    for column in table.columns:
        for key in column.foreign_keys:
            if key.ondelete == "CASCADE" and key.column.table in known:
                return column
    return None


def export(user: User) -> bytes:
    """Everything that is kept of a person, as a zip file with a JSON file for each table.

    Secrets are left out, and so is the judgement of answers in interviews of teams.
    """
    users = Base.metadata.tables["users"]
    rows = {users: _rows(users, users.c.id, [user.id])}
    for table, column in belongings().items():
        if table.name in OF_TEAMS:
            continue
        (key,) = column.foreign_keys
        owners = [row[key.column.name] for row in rows[key.column.table]]
        rows[table] = _rows(table, column, owners)
    tables = Base.metadata.tables
    for name in ("error_reports", "invitations"):
        rows[tables[name]] = _rows(tables[name], tables[name].c.user_id, [user.id])
    rows[tables["audit_entries"]] = _entries(user)
    _leave_out_judgement(rows, _untold(user))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _README.format(user=user, now=received_at()))
        for table, listed in rows.items():
            if listed:
                archive.writestr(f"{table.name}.json", json.dumps(listed, indent=1, ensure_ascii=False))
    return target.getvalue()


_README = """What is kept here about {user.name} <{user.email}>, as of {now:%Y-%m-%d %H:%M} UTC.

One file for each kind of thing, as lists of records. Moments are UTC. Left out: what opens doors (passwords and links,
of which only fingerprints are kept), what hidden tests say, and how answers in a team's interview were judged; that
team says what it shows.
"""


def _rows(table: Table, column: Column[Any], owners: Sequence[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for start in range(0, len(owners), 500):
        some = owners[start : start + 500]
        found += [
            {name: _plain(value) for name, value in row.items() if not name.endswith(_SECRET)}
            for row in db.session.execute(select(table).where(column.in_(some))).mappings()
        ]
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return tapes.unpacked(value) if isinstance(value, bytes) else value  # no other bytes are stored


def _entries(user: User) -> list[dict[str, Any]]:
    table = Base.metadata.tables["audit_entries"]
    about = select(table).where(or_(table.c.subject == user.email, table.c.actor_id == user.id))
    return [
        {name: _plain(value) for name, value in row.items()}
        for row in db.session.execute(about.order_by(table.c.id)).mappings()
    ]


def _untold(user: User) -> set[int]:
    """The attempts of which the person is not told how they did: those of teams, and others as long as a rule says so."""
    found = db.session.scalars(select(Attempt).where(Attempt.user_id == user.id))
    return {one.id for one in found if one.kind is AttemptKind.HIRING or showing.is_withheld(one)}


def _leave_out_judgement(rows: dict[Table, list[dict[str, Any]]], untold: set[int]) -> None:
    tables = Base.metadata.tables
    sent = tables["submissions"]
    rows[sent] = [row for row in rows.get(sent, []) if row["scope"] in _OWN]
    responses = rows.get(tables["responses"], [])
    answers = {row["id"] for row in responses if row["attempt_id"] in untold}
    for listed in rows.values():
        for row in listed:
            if row.get("attempt_id") in untold or row.get("response_id") in answers:
                for name in _JUDGEMENT & set(row):
                    del row[name]


def leave(user_id: int, actor: User | None) -> None:
    """Take an account away, at its own wish or an admin's, for good.

    Practice, mocks and everything else that is only the person's goes. Attempts at interviews of teams stay without the
    person. Raises Conflict while an interview runs, and for the last admin.
    """
    user = accounts.get(user_id)
    attempts = db.session.scalars(
        select(Attempt).where(Attempt.user_id == user_id, Attempt.kind != AttemptKind.PRACTICE)
    ).all()
    if any(attempt.finished_at is None and not clocks.is_closed(attempt) for attempt in attempts):
        raise Conflict("An interview is running", "Hand it in first; nothing was deleted.")
    holding.whole(
        db.session.scalars(select(Attempt.id).where(Attempt.user_id == user_id)),
        db.session.scalars(select(Invitation.id).where(Invitation.user_id == user_id)),
    )
    of_teams = [attempt for attempt in attempts if attempt.kind is AttemptKind.HIRING]
    forget(of_teams)
    _forget_in_audit(user)
    if user.role is Role.ADMIN:
        accounts.keep_an_admin(user_id)
    is_own_wish = actor is not None and actor.id == user_id
    audit.record("person.deleted", f"account {user_id}", actor=None if is_own_wish else actor)
    db.session.execute(delete(User).where(User.id == user_id))
    db.session.commit()


def kept_after(user_id: int) -> int:
    """How many attempts stay with a team when this account goes."""
    of_teams = select(func.count()).where(Attempt.user_id == user_id, Attempt.kind == AttemptKind.HIRING)
    return db.session.scalar(of_teams) or 0


def forget(attempts: Iterable[Attempt]) -> None:
    """Cut the way from these attempts to a person: a nobody has them from now on. The caller commits.

    What the person wrote stays; whether it names them, nobody can tell.
    """
    attempts = list(attempts)
    ids = [attempt.id for attempt in attempts]
    holding.whole(ids)
    db.session.execute(update(Recording).where(Recording.attempt_id.in_(ids)).values(device=""))
    db.session.execute(delete(Notes).where(Notes.attempt_id.in_(ids)))  # were for nobody else
    for interview_id in sorted({str(attempt.interview_id) for attempt in attempts}):
        exports.drop(interview_id)
    for attempt in attempts:
        if attempt.user.is_guest:  # made for this attempt only
            nobody = attempt.user
        else:
            nobody = User(role=Role.CANDIDATE, is_guest=True, created_at=database_now(), email="", name="")
            db.session.add(nobody)
        nobody.email = f"attempt-{attempt.id}@{PLACE}"
        nobody.name = f"{GONE} {attempt.id}"
        nobody.password_hash, nobody.is_enabled = "", False
        db.session.flush()
        if attempt.user is nobody:  # their row before those of their devices
            db.session.execute(delete(SignIn).where(SignIn.user_id == nobody.id))
        attempt.user = nobody
        sent = Submission.response_id.in_([response.id for response in attempt.responses])
        db.session.execute(update(Submission).where(sent).values(user_id=nobody.id))
        if attempt.invitation is not None:
            forget_invitation(attempt.invitation)
            attempt.invitation.user = nobody
        db.session.flush()


def forget_invitation(invitation: Invitation) -> None:
    """Take the person out of an invitation and of what was exported, and void its link. The caller commits."""
    invitation.email = f"invitation-{invitation.id}@{PLACE}"
    invitation.name = f"{GONE} {invitation.id}"
    invitation.message = ""
    invitation.generation += 1
    invitation.code_hash = invitation.code_until = invitation.released_until = invitation.device_hash = None
    db.session.flush()
    exports.drop(invitation.interview_id)
    if invitation.user is not None and invitation.user.is_guest and not is_forgotten(invitation.user):
        invitation.user.name = invitation.name
        sign_ins.end_all(invitation.user.id)


def is_forgotten(user: User) -> bool:
    """Whether this account only stands for somebody who was forgotten."""
    return user.email.endswith(f"@{PLACE}")


def _forget_in_audit(user: User) -> None:
    """The log keeps what was done, without who the person was and where they were."""
    entries = db.session.scalars(
        select(AuditEntry).where(or_(AuditEntry.subject == user.email, AuditEntry.actor_id == user.id))
    )
    for entry in entries:
        if entry.subject == user.email:
            entry.subject = f"account {user.id}"
        if entry.actor_id == user.id:
            entry.facts = {name: value for name, value in entry.facts.items() if name != "address"}
