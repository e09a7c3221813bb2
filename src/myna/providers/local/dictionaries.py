"""The pronunciation dictionaries of this machine."""

from __future__ import annotations

from myna.speech.access import Caller
from myna.speech.dictionaries import Dictionary
from myna.speech.errors import NotFound
from myna.speech.pages import Page, Span


class LocalDictionaries:
    """No dictionaries."""

    async def page(self, span: Span, caller: Caller) -> Page[Dictionary]:
        """A part of the caller's dictionaries, newest first, then by id."""
        return Page(())

    async def get(self, id: str, caller: Caller) -> Dictionary:
        """One dictionary.

        Raises:
            NotFound: the caller has none with this id.
        """
        raise NotFound(f"There is no pronunciation dictionary {id[:64]!r}; list them to see which there are.")
