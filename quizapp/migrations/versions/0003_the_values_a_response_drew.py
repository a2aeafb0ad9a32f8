"""The values that a response drew of a parameterised question

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("responses", sa.Column("parameters", sa.JSON(), nullable=True))


def downgrade():
    op.drop_column("responses", "parameters")
