"""When a candidate agreed to what is recorded, and how much more time a person has

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("attempts", sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("extra_share", sa.Double(), server_default="0", nullable=False))


def downgrade():
    op.drop_column("users", "extra_share")
    op.drop_column("attempts", "consented_at")
