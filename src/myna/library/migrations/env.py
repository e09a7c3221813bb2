"""How Alembic runs the steps: on a connection that is handed in, inside its transaction."""

from __future__ import annotations

from alembic import context

from myna.library import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    # SQLite cannot alter tables: they are copied
    render_as_batch=True,
)
context.run_migrations()
