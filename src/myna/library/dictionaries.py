"""The pronunciation dictionaries that users made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa

from myna.library import rows
from myna.library.database import Database
from myna.library.paging import beyond, newest_first
from myna.library.tables import dictionaries
from myna.speech.dictionaries import Dictionary, DictionaryChanges, Pronunciation
from myna.speech.errors import NotFound
from myna.speech.pages import Page, Span


class Dictionaries:
    """Dictionaries, each seen by its owner only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, name: str, description: str = "", items: Sequence[Pronunciation] = (), *, owner: str
    ) -> Dictionary:
        """Keep a new dictionary.

        Raises:
            InvalidRequest: a text that cannot be kept.
        """
        made = Dictionary(
            id=f"pdict_{uuid4().hex}",
            name=name,
            owner=owner,
            created_at=datetime.now(UTC),
            description=description,
            items=tuple(items),
        )
        with self._database.writing() as connection:
            connection.execute(sa.insert(dictionaries), rows.of_dictionary(made))
        return made

    def get(self, id: str, owner: str) -> Dictionary:
        """One dictionary.

        Raises:
            NotFound: the owner has none with this id.
        """
        with self._database.reading() as connection:
            return _get(connection, id, owner)

    def page(self, span: Span, owner: str) -> Page[Dictionary]:
        """A part of an owner's dictionaries, newest first, then by id."""
        reverse = span.ending_before is not None
        with self._database.reading() as connection:
            place = None
            if (known := span.starting_after or span.ending_before) is not None:
                place = connection.execute(
                    sa.select(dictionaries.c.created_at, dictionaries.c.id).where(
                        dictionaries.c.id == known, dictionaries.c.owner == owner
                    )
                ).first()
                if place is None:
                    return Page(())
            position = place and (rows.moment(place.created_at), place.id)
            query = (
                sa.select(dictionaries)
                .where(
                    dictionaries.c.owner == owner,
                    *beyond(dictionaries, None if reverse else position, position if reverse else None),
                )
                .order_by(*newest_first(dictionaries, reverse=reverse))
                .limit(span.limit + 1)
            )
            items = [rows.to_dictionary(row) for row in connection.execute(query)]
        more, items = len(items) > span.limit, items[: span.limit]
        return Page(tuple(reversed(items) if reverse else items), more)

    def update(self, id: str, changes: DictionaryChanges, owner: str) -> Dictionary:
        """Change a dictionary.

        Raises:
            NotFound: the owner has none with this id.
            InvalidRequest: a text that cannot be kept.
        """
        given = {
            name: value
            for name in DictionaryChanges.__slots__
            if (value := getattr(changes, name)) is not None
        }
        with self._database.writing() as connection:
            changed = replace(_get(connection, id, owner, for_update=True), **given)
            row = rows.of_dictionary(changed)
            connection.execute(sa.update(dictionaries).where(dictionaries.c.id == id).values(row))
        return changed

    def delete(self, id: str, owner: str) -> None:
        """Forget a dictionary.

        Raises:
            NotFound: the owner has none with this id.
        """
        with self._database.writing() as connection:
            gone = connection.execute(
                sa.delete(dictionaries).where(dictionaries.c.id == id, dictionaries.c.owner == owner)
            )
            if not gone.rowcount:
                raise _not_found(id)


def _get(connection: sa.Connection, id: str, owner: str, *, for_update: bool = False) -> Dictionary:
    query = sa.select(dictionaries).where(dictionaries.c.id == id, dictionaries.c.owner == owner)
    row = connection.execute(query.with_for_update() if for_update else query).first()
    if row is None:
        raise _not_found(id)
    return rows.to_dictionary(row)


def _not_found(id: str) -> NotFound:
    return NotFound(f"There is no pronunciation dictionary {id[:64]!r}; list yours to see which there are.")
