"""When sections of attempts were entered and left, signs of life, and the outages that attempts are credited for

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "section_passes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credit_seconds", sa.Double(), nullable=False),
        sa.Column("outage_seconds", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["attempts.id"],
            name=op.f("fk_section_passes_attempt_id_attempts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section_passes")),
        sa.UniqueConstraint("attempt_id", "section", name="uq_section_passes_section"),
    )
    op.create_table(
        "heartbeats",
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("part", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "outages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outages")),
    )
    op.create_index(op.f("ix_outages_ended_at"), "outages", ["ended_at"], unique=False)
    # A default for the rows that are there; a new one brings its own value, so it may stay.
    op.add_column(
        "attempts", sa.Column("outage_seconds", sa.Double(), nullable=False, server_default=sa.text("0"))
    )


def downgrade():
    op.drop_column("attempts", "outage_seconds")
    op.drop_index(op.f("ix_outages_ended_at"), table_name="outages")
    op.drop_table("outages")
    op.drop_table("heartbeats")
    op.drop_table("section_passes")
