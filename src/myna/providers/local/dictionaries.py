"""The pronunciation dictionaries of this machine."""

from __future__ import annotations

from collections.abc import Sequence

from myna.providers.local.archive import Archive, Memory
from myna.providers.local.pronouncing import Lexicon
from myna.speech.access import Caller
from myna.speech.dictionaries import (
    Dictionary,
    DictionaryChanges,
    Pronunciation,
    check_description,
    check_items,
    check_name,
)
from myna.speech.errors import NotFound
from myna.speech.pages import Page, Span

_REMEMBERED = 64
"""Dictionaries that are kept in memory."""


class LocalDictionaries:
    """Dictionaries in a library, each seen by its owner only."""

    def __init__(self, archive: Archive) -> None:
        """Offer what is in a library."""
        self._archive = archive
        self._memory: Memory[tuple[str, str], Lexicon] = Memory(archive, _REMEMBERED)

    async def page(self, span: Span, caller: Caller) -> Page[Dictionary]:
        """A part of the caller's dictionaries, newest first, then by id."""
        if not self._archive.exists:
            return Page(())
        return await self._archive.ask(lambda library: library.dictionaries.page(span, caller.owner))

    async def get(self, id: str, caller: Caller) -> Dictionary:
        """One dictionary.

        Raises:
            NotFound: the caller has none with this id.
        """
        if not self._archive.exists:
            raise _not_found(id)
        return await self._archive.ask(lambda library: library.dictionaries.get(id, caller.owner))

    def lexicon_at_once(self, id: str, caller: Caller) -> Lexicon | None:
        """The entries of a dictionary where they are known without asking the library, else None."""
        return self._memory.get((id, caller.owner))

    async def lexicon(self, id: str, caller: Caller) -> Lexicon:
        """The entries of a dictionary, ready to be found.

        Raises:
            NotFound: the caller has none with this id.
        """
        if not self._archive.exists:
            raise _not_found(id)
        return await self._memory.read(
            lambda _: (id, caller.owner),
            lambda library: Lexicon(library.dictionaries.get(id, caller.owner).items),
        )

    async def create(
        self, name: str, description: str, items: Sequence[Pronunciation], caller: Caller
    ) -> Dictionary:
        """Keep a new dictionary.

        Raises:
            InvalidRequest: an empty name, an empty or too long item.
        """
        check_name(name)
        check_description(description)
        check_items(items)
        return await self._archive.ask(
            lambda library: library.dictionaries.add(name, description, items, owner=caller.owner)
        )

    async def update(self, id: str, changes: DictionaryChanges, caller: Caller) -> Dictionary:
        """Change a dictionary; speech that goes on keeps what it began with.

        Raises:
            NotFound: the caller has none with this id.
            InvalidRequest: as with `create`.
        """
        if changes.name is not None:
            check_name(changes.name)
        check_description(changes.description or "")
        check_items(changes.items or ())
        return await self._archive.ask(lambda library: library.dictionaries.update(id, changes, caller.owner))

    async def delete(self, id: str, caller: Caller) -> None:
        """Forget a dictionary.

        Raises:
            NotFound: the caller has none with this id.
        """
        await self._archive.ask(lambda library: library.dictionaries.delete(id, caller.owner))


def _not_found(id: str) -> NotFound:
    return NotFound(f"There is no pronunciation dictionary {id[:64]!r}; list yours to see which there are.")
