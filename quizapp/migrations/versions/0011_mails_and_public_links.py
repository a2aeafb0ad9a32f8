"""Mails to be sent, public links of interviews, and the browser that an invitation is used at

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KINDS = ("INVITATION", "REMINDER", "CODE", "RECEIPT", "RESET")
OPEN = sa.text("sent_at IS NULL AND failed_at IS NULL")

REMINDED_LATER = sa.text("remind_at IS NOT NULL AND reminded_at IS NULL")


def _moment(name, *, nullable=True):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _key(table, column, target, parent="id", **options):
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.{parent}"], name=name, **options)


def upgrade():
    op.add_column("invitations", sa.Column("device_hash", sa.String(length=64), nullable=True))
    op.create_index(
        "ix_invitations_remind_at",
        "invitations",
        ["remind_at"],
        sqlite_where=REMINDED_LATER,
        postgresql_where=REMINDED_LATER,
    )
    op.create_table(
        "mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Enum(*KINDS, name="mailkind", native_enum=False, length=20), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("facts", sa.JSON(none_as_null=True), nullable=False),
        _moment("created_at", nullable=False),
        _moment("due_at", nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        *(_moment(name) for name in ("taken_until", "handed_at", "sent_at", "failed_at")),
        sa.Column("problem", sa.Text(), nullable=False),
        _key("mails", "invitation_id", "invitations", ondelete="CASCADE"),
        _key("mails", "user_id", "users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    op.create_index("ix_mails_open", "mails", ["due_at"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_mails_of_invitation", "mails", ["invitation_id", "kind", "id"])
    op.create_index(op.f("ix_mails_user_id"), "mails", ["user_id"])
    op.create_table(
        "public_links",
        sa.Column("interview_id", sa.String(length=120), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        _moment("opens_at"),
        _moment("closes_at"),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        _moment("changed_at", nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        _key("public_links", "interview_id", "interviews", ondelete="CASCADE"),
        _key("public_links", "changed_by_id", "users", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("interview_id", name=op.f("pk_public_links")),
    )


def downgrade():
    op.drop_table("public_links")
    op.drop_table("mails")
    op.drop_index("ix_invitations_remind_at", table_name="invitations")
    op.drop_column("invitations", "device_hash")
