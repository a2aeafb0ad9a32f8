"""What reference solutions gave is recorded again

A contract tells by now what a solution's context managers keep back and which exception classes are Python's own; one
that was recorded before tells nothing of it, and a right answer would be refused. Each is recorded anew with the next
submission.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_VERSIONS = sa.table("question_versions", sa.column("contract", sa.JSON(none_as_null=True)))


def upgrade():
    op.execute(sa.update(_VERSIONS).values(contract=sa.null()))


def downgrade():
    """Those of now tell all that the ones of before did."""
