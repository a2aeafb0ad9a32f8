"""The interview that an entry of the audit log is about

Revision ID: 0016
Revises: 0015
"""

import json
import re

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

AT_ONCE = 1000
_NAMED = re.compile(r"(?:interview|public link of|invitation \d+ to) (\S+)")
_ATTEMPT = re.compile(r"attempt (\d+)")
_ENTRIES = sa.table(
    "audit_entries",
    sa.column("id", sa.Integer),
    sa.column("subject", sa.String),
    sa.column("facts", sa.JSON),
    sa.column("interview_id", sa.String),
)
_ATTEMPTS = sa.table("attempts", sa.column("id", sa.Integer), sa.column("interview_id", sa.String))


def upgrade():
    op.add_column("audit_entries", sa.Column("interview_id", sa.String(length=120), nullable=True))
    op.create_index("ix_audit_entries_of_interview", "audit_entries", ["interview_id", "id"])
    connection, last = op.get_bind(), 0
    while rows := connection.execute(
        sa.select(_ENTRIES.c.id, _ENTRIES.c.subject, _ENTRIES.c.facts)
        .where(_ENTRIES.c.id > last)
        .order_by(_ENTRIES.c.id)
        .limit(AT_ONCE)
    ).all():
        last = rows[-1].id
        _fill(connection, rows)


def _fill(connection, rows):
    """Say of these entries which interview they are about, where they, or the attempt that they name, tell it."""
    told = {row.id: json.loads(row.facts) if isinstance(row.facts, str) else row.facts or {} for row in rows}
    attempts = {row.id: _attempt(row.subject, told[row.id]) for row in rows}
    asked = {number for number in attempts.values() if number is not None}
    found = sa.select(_ATTEMPTS.c.id, _ATTEMPTS.c.interview_id).where(_ATTEMPTS.c.id.in_(asked))
    of_attempts = dict(connection.execute(found).all()) if asked else {}
    filled = [
        {"entry": row.id, "interview": named}
        for row in rows
        if (named := _named(row.subject, told[row.id]) or of_attempts.get(attempts[row.id]))
    ]
    if filled:
        writing = (
            sa.update(_ENTRIES)
            .where(_ENTRIES.c.id == sa.bindparam("entry"))
            .values(interview_id=sa.bindparam("interview"))
        )
        connection.execute(writing, filled)


def _named(subject, facts):
    found = _NAMED.fullmatch(subject)
    named = facts.get("interview") or (found and found[1])
    return named if isinstance(named, str) and len(named) <= 120 else None  # noqa: PLR2004 - the column's length


def _attempt(subject, facts):
    found = _ATTEMPT.fullmatch(subject)
    number = int(found[1]) if found else facts.get("attempt")
    return number if isinstance(number, int) and 0 < number < 2**31 else None


def downgrade():
    op.drop_index("ix_audit_entries_of_interview", table_name="audit_entries")
    op.drop_column("audit_entries", "interview_id")
