"""Decisions, recommendations, points given by hand, comments with mentions, and links to share reports

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

UNREAD = sa.text("read_at IS NULL")
OVERRIDE = "fk_responses_override_id_point_changes"


def upgrade():
    op.add_column(
        "interviews", sa.Column("is_independent", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    _create_decisions()
    _create_point_changes()
    _create_comments()
    op.create_table(
        "share_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("depth", _choices("SCORE", "FULL", name="depth"), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("openings", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        _key("share_links", "attempt_id", "attempts", ondelete="CASCADE"),
        _key("share_links", "created_by_id", "users", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_links")),
    )
    op.create_index(op.f("ix_share_links_attempt_id"), "share_links", ["attempt_id"], unique=False)


def _key(table, column, target, **options):
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"), **options
    )


def _choices(*words, name):
    return sa.Enum(*words, name=name, native_enum=False, length=20)


def _create_decisions():
    choice = _choices("ADVANCE", "HOLD", "REJECT", name="choice")
    op.create_table(
        "reviews",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("decision", choice, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        _key("reviews", "attempt_id", "attempts", ondelete="CASCADE"),
        _key("reviews", "decided_by_id", "users", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_reviews")),
    )
    op.create_index("ix_reviews_decision", "reviews", ["decision", "attempt_id"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("decision", choice, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        _key("decisions", "attempt_id", "attempts", ondelete="CASCADE"),
        _key("decisions", "decided_by_id", "users", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("attempt_id", "revision", name="uq_decisions_revision"),
    )
    op.create_table(
        "recommendations",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("choice", choice, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        _key("recommendations", "attempt_id", "attempts", ondelete="CASCADE"),
        _key("recommendations", "user_id", "users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("attempt_id", "user_id", name=op.f("pk_recommendations")),
    )


def _create_point_changes():
    op.create_table(
        "point_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("is_rating", sa.Boolean(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("points_before", sa.Double(), nullable=True),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        _key("point_changes", "response_id", "responses", ondelete="CASCADE"),
        _key("point_changes", "changed_by_id", "users", ondelete="SET NULL"),
        _key("point_changes", "undone_by_id", "users", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_changes")),
    )
    op.create_index(op.f("ix_point_changes_response_id"), "point_changes", ["response_id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        # SQLite takes a key together with its column, and needs no copy of the table for that.
        op.execute(
            f"ALTER TABLE responses ADD COLUMN override_id INTEGER CONSTRAINT {OVERRIDE} REFERENCES point_changes (id)"
        )
    else:
        op.add_column("responses", sa.Column("override_id", sa.Integer(), nullable=True))
        op.create_foreign_key(OVERRIDE, "responses", "point_changes", ["override_id"], ["id"])


def _create_comments():
    op.create_table(
        "comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        _key("comments", "attempt_id", "attempts", ondelete="CASCADE"),
        _key("comments", "response_id", "responses", ondelete="CASCADE"),
        _key("comments", "author_id", "users", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index("ix_comments_of_attempt", "comments", ["attempt_id", "id"], unique=False)
    op.create_table(
        "mentions",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        _key("mentions", "comment_id", "comments", ondelete="CASCADE"),
        _key("mentions", "user_id", "users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("comment_id", "user_id", name=op.f("pk_mentions")),
    )
    op.create_index(
        "ix_mentions_unread",
        "mentions",
        ["user_id"],
        unique=False,
        sqlite_where=UNREAD,
        postgresql_where=UNREAD,
    )


def downgrade():
    # Words that only this version knows; nothing counts them.
    op.execute("DELETE FROM submissions WHERE scope IN ('REVIEW', 'REVIEW_RUN')")
    for table in ("share_links", "mentions", "comments", "recommendations", "decisions", "reviews"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("responses") as batch_op:  # a column with a key goes with a copy only
            batch_op.drop_column("override_id")
    else:
        op.drop_constraint(OVERRIDE, "responses", type_="foreignkey")
        op.drop_column("responses", "override_id")
    op.drop_table("point_changes")
    op.drop_column("interviews", "is_independent")
