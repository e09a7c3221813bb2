"""Pronunciation dictionaries that are kept in memory, for the provider that speaks tones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from myna.speech.access import Caller
from myna.speech.dictionaries import Dictionary, DictionaryChanges, Pronunciation, check_items, check_name
from myna.speech.errors import NotFound
from myna.speech.pages import Page, Span, page_of


class ScriptedDictionaries:
    """A `Dictionaries` in memory. Tones are pronounced in one way: no speech follows them."""

    def __init__(self) -> None:
        self._kept: dict[str, Dictionary] = {}
        self._latest = datetime(2026, 2, 1, tzinfo=UTC)

    async def page(self, span: Span, caller: Caller) -> Page[Dictionary]:
        """A part of the caller's dictionaries, newest first."""
        own = [each for each in reversed(self._kept.values()) if each.owner == caller.owner]
        return page_of(own, span, id=lambda dictionary: dictionary.id)

    def look(self, id: str, caller: Caller) -> Dictionary:
        """`get`, without waiting."""
        found = self._kept.get(id)
        if found is None or found.owner != caller.owner:
            raise NotFound(f"There is no pronunciation dictionary {id[:60]!r}; see the list of them.")
        return found

    async def get(self, id: str, caller: Caller) -> Dictionary:
        """One dictionary."""
        return self.look(id, caller)

    async def create(
        self, name: str, description: str, items: Sequence[Pronunciation], caller: Caller
    ) -> Dictionary:
        """Keep a new dictionary."""
        check_name(name)
        check_items(items)
        self._latest += timedelta(seconds=1)
        made = Dictionary(
            id=f"pdict_{uuid4().hex}",
            name=name,
            owner=caller.owner,
            created_at=self._latest,
            description=description,
            items=tuple(items),
        )
        self._kept[made.id] = made
        return made

    async def update(self, id: str, changes: DictionaryChanges, caller: Caller) -> Dictionary:
        """Change a dictionary."""
        found = self.look(id, caller)
        given = {
            name: value
            for name in ("name", "description", "items", "pinned")
            if (value := getattr(changes, name)) is not None
        }
        changed = replace(found, **given)
        check_name(changed.name)
        check_items(changed.items)
        self._kept[id] = changed
        return changed

    async def delete(self, id: str, caller: Caller) -> None:
        """Forget a dictionary."""
        del self._kept[self.look(id, caller).id]
