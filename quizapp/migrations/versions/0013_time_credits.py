"""Time that people gave to running attempts, and what finds running attempts and answers that are being graded

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "time_credits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["attempts.id"],
            name=op.f("fk_time_credits_attempt_id_attempts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["given_by_id"],
            ["users.id"],
            name=op.f("fk_time_credits_given_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_credits")),
        sa.UniqueConstraint("attempt_id", "key", name="uq_time_credits_key"),
    )
    op.create_index(op.f("ix_time_credits_attempt_id"), "time_credits", ["attempt_id"], unique=False)
    _create_partial("ix_attempts_unfinished", "attempts", "id", "finished_at IS NULL")
    _create_partial("ix_responses_grading", "responses", "attempt_id", "state = 'GRADING'")


def downgrade():
    op.drop_index("ix_responses_grading", table_name="responses")
    op.drop_index("ix_attempts_unfinished", table_name="attempts")
    op.drop_table("time_credits")


def _create_partial(name, table, column, where):
    op.create_index(
        name, table, [column], unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
