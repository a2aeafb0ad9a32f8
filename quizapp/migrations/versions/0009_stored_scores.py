"""What keeps a stored score from being final, when its attempt ended, and an index for each order of the score table

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ENDED = sa.text("ended_at IS NOT NULL")
INDEXES = {
    "percent": ["percent"],
    "ended": ["ended_at"],
    "seconds": ["seconds_used"],
    "state": ["state", "percent"],
}
NOT_ENDED = sa.text("ended_at IS NULL")


def upgrade():
    states = sa.Enum(
        "RUNNING", "GRADING", "FAULT", "WAITING", "FINAL", name="scorestate", native_enum=False, length=20
    )
    op.execute("DELETE FROM attempt_scores")  # `quizapp scores rebuild` brings them back; nothing has filled them yet
    op.add_column("attempt_scores", sa.Column("state", states, server_default="RUNNING", nullable=False))
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("attempt_scores", "state", server_default=None)
    op.add_column("attempt_scores", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("invitations", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_attempt_scores_percent", table_name="attempt_scores")
    for name, keys in INDEXES.items():
        op.create_index(
            f"ix_attempt_scores_{name}",
            "attempt_scores",
            ["interview_id", *keys, "attempt_id"],
            unique=False,
            sqlite_where=ENDED,
            postgresql_where=ENDED,
        )
    op.create_index("ix_invitations_name", "invitations", ["interview_id", "name", "id"], unique=False)
    op.create_index(
        "ix_invitations_unended",
        "invitations",
        ["interview_id", "id"],
        unique=False,
        sqlite_where=NOT_ENDED,
        postgresql_where=NOT_ENDED,
    )


def downgrade():
    op.drop_index("ix_invitations_unended", table_name="invitations")
    op.drop_index("ix_invitations_name", table_name="invitations")
    for name in INDEXES:
        op.drop_index(f"ix_attempt_scores_{name}", table_name="attempt_scores")
    op.create_index(
        "ix_attempt_scores_percent", "attempt_scores", ["interview_id", "percent", "attempt_id"], unique=False
    )
    op.drop_column("invitations", "ended_at")
    op.drop_column("attempt_scores", "ended_at")
    op.drop_column("attempt_scores", "state")
