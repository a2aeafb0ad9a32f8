"""How migrations are run: in one transaction, one process at a time, on the application's own engine or the given connection."""

from contextlib import nullcontext

from alembic import context
from flask import current_app
from sqlalchemy import text

from quizapp.extensions import db
from quizapp.models import Base, UtcDateTime

# Any number that no other advisory lock of ours uses.
MIGRATION_LOCK = 0x716D6967


def render_item(kind, item, autogen_context):
    """Write our column types as plain SQLAlchemy ones, so that a migration needs nothing of the application."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run():
    if not current_app:
        raise RuntimeError("Run migrations with `quizapp db upgrade`.")
    given = context.config.attributes.get("connection")
    with db.engine.connect() if given is None else nullcontext(given) as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=render_item,
            render_as_batch=True,
            compare_type=True,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            context.run_migrations()


run()
