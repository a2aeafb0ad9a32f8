"""Teams, versions of interviews, roles in them, invitations, guests, and stored scores

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("users", sa.Column("is_guest", sa.Boolean(), server_default=sa.false(), nullable=False))
    _create_teams()
    _create_versions()
    _create_invitations()
    op.add_column("interviews", sa.Column("draft_revision", sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "interviews", sa.Column("is_blind", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("interviews", sa.Column("created_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("interviews", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    _add_key("interviews", "team_id", "teams")
    op.create_index(op.f("ix_interviews_team_id"), "interviews", ["team_id"], unique=False)
    _add_key("interviews", "version_id", "interview_versions")
    _add_key("attempts", "interview_version_id", "interview_versions")
    _add_key("attempts", "invitation_id", "invitations")
    # A unique index, not a constraint: SQLite would have to copy the table for one.
    op.create_index("uq_attempts_invitation_id", "attempts", ["invitation_id"], unique=True)
    _create_scores()


def _key(table, column, target, **options):
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"), **options
    )


def _create_teams():
    op.create_table(
        "teams",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("name", name=op.f("uq_teams_name")),
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        _key("team_members", "team_id", "teams", ondelete="CASCADE"),
        _key("team_members", "user_id", "users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("pk_team_members")),
    )
    op.create_index(op.f("ix_team_members_user_id"), "team_members", ["user_id"], unique=False)


def _create_versions():
    op.create_table(
        "interview_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("interview_id", sa.String(length=120), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("blueprint", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        _key("interview_versions", "interview_id", "interviews", ondelete="CASCADE"),
        _key("interview_versions", "created_by_id", "users", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interview_versions")),
        sa.UniqueConstraint("interview_id", "number", name="uq_interview_versions_number"),
    )
    op.create_table(
        "interview_members",
        sa.Column("interview_id", sa.String(length=120), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("OWNER", "REVIEWER", "VIEWER", name="interviewrole", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        _key("interview_members", "interview_id", "interviews", ondelete="CASCADE"),
        _key("interview_members", "user_id", "users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("interview_id", "user_id", name=op.f("pk_interview_members")),
    )
    op.create_index(op.f("ix_interview_members_user_id"), "interview_members", ["user_id"], unique=False)


def _create_invitations():
    moments = (
        "bound_at",
        "opened_at",
        "declined_at",
        "revoked_at",
        "remind_at",
        "reminded_at",
        "code_until",
        "released_until",
        "opens_at",
        "closes_at",
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("interview_id", sa.String(length=120), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("extra_share", sa.Double(), nullable=False),
        sa.Column("is_from_public_link", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        *(sa.Column(moment, sa.DateTime(timezone=True), nullable=True) for moment in moments),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        _key("invitations", "interview_id", "interviews"),
        _key("invitations", "version_id", "interview_versions"),
        _key("invitations", "created_by_id", "users", ondelete="SET NULL"),
        _key("invitations", "user_id", "users", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    op.create_index("ix_invitations_of_interview", "invitations", ["interview_id", "id"], unique=False)
    op.create_index(op.f("ix_invitations_email"), "invitations", ["email"], unique=False)
    op.create_index(op.f("ix_invitations_user_id"), "invitations", ["user_id"], unique=False)


def _create_scores():
    op.create_table(
        "attempt_scores",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("interview_id", sa.String(length=120), nullable=True),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("max_points", sa.Double(), nullable=False),
        sa.Column("percent", sa.Double(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("seconds_used", sa.Double(), nullable=True),
        sa.Column("sections", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        _key("attempt_scores", "attempt_id", "attempts", ondelete="CASCADE"),
        _key("attempt_scores", "interview_id", "interviews"),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_attempt_scores")),
    )
    op.create_index(
        "ix_attempt_scores_percent", "attempt_scores", ["interview_id", "percent", "attempt_id"], unique=False
    )


def _add_key(table, column, target):
    name = f"fk_{table}_{column}_{target}"
    if op.get_bind().dialect.name != "sqlite":
        op.add_column(table, sa.Column(column, sa.Integer(), nullable=True))
        op.create_foreign_key(name, table, target, [column], ["id"])
        return
    # SQLite takes a key together with its column, and needs no copy of the table for that.
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER CONSTRAINT {name} REFERENCES {target} (id)")


def _drop_keys(table, *keys):
    if op.get_bind().dialect.name != "sqlite":
        for column, target in keys:
            op.drop_constraint(f"fk_{table}_{column}_{target}", table, type_="foreignkey")
            op.drop_column(table, column)
        return
    with op.batch_alter_table(table) as batch_op:  # a column with a key goes with a copy of its table only
        for column, _ in keys:
            batch_op.drop_column(column)


def downgrade():
    op.drop_table("attempt_scores")
    op.execute("DELETE FROM attempts WHERE kind = 'HIRING'")
    op.drop_index("uq_attempts_invitation_id", table_name="attempts")
    _drop_keys(
        "attempts", ("invitation_id", "invitations"), ("interview_version_id", "interview_versions")
    )
    op.drop_table("invitations")
    op.drop_table("interview_members")
    op.drop_index(op.f("ix_interviews_team_id"), table_name="interviews")
    _drop_keys("interviews", ("version_id", "interview_versions"), ("team_id", "teams"))
    for column in ("draft_revision", "is_blind", "created_at", "archived_at"):
        op.drop_column("interviews", column)
    op.drop_table("interview_versions")
    op.drop_table("team_members")
    op.drop_table("teams")
    op.drop_column("users", "is_guest")
