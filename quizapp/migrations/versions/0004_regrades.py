"""Regrades, what each answer was before, and the runs that work them out

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OPEN = sa.text("state = 'OPEN'")
REGRADED = sa.text("regrade_item_id IS NOT NULL")


def upgrade():
    op.create_table(
        "regrades",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.String(length=120), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("OPEN", "APPLIED", "UNDONE", name="regradestate", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("is_only_raising", sa.Boolean(), nullable=False),
        sa.Column("started_by_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_by_id", sa.Integer(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_regrades_question_id_questions")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["question_versions.id"], name=op.f("fk_regrades_version_id_question_versions")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["users.id"], name=op.f(f"fk_regrades_{column}_users"), ondelete="SET NULL"
            )
            for column in ("started_by_id", "applied_by_id", "undone_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regrades")),
    )
    op.create_index(op.f("ix_regrades_question_id"), "regrades", ["question_id"], unique=False)
    op.create_index(
        "uq_regrades_open",
        "regrades",
        ["question_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "regrade_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("regrade_id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("is_applied", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["regrade_id"],
            ["regrades.id"],
            name=op.f("fk_regrade_items_regrade_id_regrades"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["responses.id"],
            name=op.f("fk_regrade_items_response_id_responses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regrade_items")),
        sa.UniqueConstraint("regrade_id", "response_id", name="uq_regrade_items_response"),
    )
    op.create_index(op.f("ix_regrade_items_response_id"), "regrade_items", ["response_id"], unique=False)
    _add_key("responses", "graded_version_id", "question_versions")
    _add_key("submissions", "regrade_item_id", "regrade_items")
    op.create_index(
        "ix_submissions_regrade_item",
        "submissions",
        ["regrade_item_id"],
        unique=False,
        sqlite_where=REGRADED,
        postgresql_where=REGRADED,
    )


def _add_key(table, column, target):
    name = f"fk_{table}_{column}_{target}"
    if op.get_bind().dialect.name != "sqlite":
        op.add_column(table, sa.Column(column, sa.Integer(), nullable=True))
        op.create_foreign_key(name, table, target, [column], ["id"])
        return
    # SQLite takes a key together with its column, and needs no copy of the table for that.
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER CONSTRAINT {name} REFERENCES {target} (id)")


def _drop_key(table, column, target):
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(f"fk_{table}_{column}_{target}", table, type_="foreignkey")
        op.drop_column(table, column)
        return
    with op.batch_alter_table(table) as batch_op:  # a column with a key goes with a copy of its table only
        batch_op.drop_column(column)


def downgrade():
    op.execute("DELETE FROM submissions WHERE scope = 'REGRADE'")
    op.drop_index("ix_submissions_regrade_item", table_name="submissions")
    _drop_key("submissions", "regrade_item_id", "regrade_items")
    _drop_key("responses", "graded_version_id", "question_versions")
    op.drop_index(op.f("ix_regrade_items_response_id"), table_name="regrade_items")
    op.drop_table("regrade_items")
    op.drop_index("uq_regrades_open", table_name="regrades", sqlite_where=OPEN, postgresql_where=OPEN)
    op.drop_index(op.f("ix_regrades_question_id"), table_name="regrades")
    op.drop_table("regrades")
