"""Parts of long lists, newest first and then by id."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from myna.library import rows

Position = tuple[datetime, str]
"""Where something stands: when it was made, and its id."""


def newest_first(table: sa.FromClause, *, reverse: bool = False) -> list[sa.UnaryExpression[object]]:
    """The order of pages, or the opposite one."""
    at, id = table.c.created_at, table.c.id
    return [at.asc(), id.desc()] if reverse else [at.desc(), id.asc()]


def beyond(
    table: sa.FromClause, after: Position | None, before: Position | None
) -> list[sa.ColumnElement[bool]]:
    """The condition of standing behind one position, or before another."""
    at, id = table.c.created_at, table.c.id
    # the first condition says nothing new, but an index can follow it
    if after is not None:
        made = rows.microseconds(after[0])
        return [at <= made, sa.or_(at < made, id > after[1])]
    if before is not None:
        made = rows.microseconds(before[0])
        return [at >= made, sa.or_(at > made, id < before[1])]
    return []
