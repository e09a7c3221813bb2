"""The voices of this machine, found and listed: the built-in ones together with those that users made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from functools import cache

from myna.library import Library
from myna.providers.local import casting, catalogue
from myna.providers.local.archive import Archive, Memory
from myna.speech.access import Caller
from myna.speech.errors import VoiceNotFound
from myna.speech.pages import Page, Span
from myna.speech.voices import Voice, VoiceChoice, VoiceFilter, fold

_REMEMBERED = 256
"""Voices of the library that are kept in memory."""
_AT_ONCE = 200
"""Voices of the library that are read at once where all are listed."""

_Position = tuple[datetime, str]


class Shelf:
    """Voices as callers see them: public ones and their own."""

    def __init__(self, archive: Archive) -> None:
        """Offer what is in a library, and the built-in voices."""
        self._archive = archive
        self._memory: Memory[str, Voice] = Memory(archive, _REMEMBERED)

    def at_once(self, choice: VoiceChoice, caller: Caller, language: str | None = None) -> Voice | None:
        """The voice where that is known without asking the library, else None.

        Args:
            choice: the voice that is wanted.
            caller: who wants it.
            language: BCP-47 tag of what it is to speak; matters for embeddings only.

        Raises:
            InvalidRequest: an embedding of the wrong length, or not of finite numbers.
        """
        if not choice.id:
            return casting.described(choice.embedding, language)
        found = catalogue.known(choice.id)
        if found is None:
            found = self._memory.get(choice.id)
        return found if found is not None and _sees(caller, found) else None

    async def find(self, choice: VoiceChoice, caller: Caller) -> Voice:
        """The voice with this id, alias or name, or the voice that an embedding describes.

        Built-in voices come before others of the same name.

        Raises:
            VoiceNotFound: there is none.
            InvalidRequest: an embedding of the wrong length, or not of finite numbers.
        """
        found = self.at_once(choice, caller)
        if found is not None:
            return found
        if self._archive.exists:
            with suppress(VoiceNotFound):
                return await self._memory.read(
                    lambda voice: voice.id, lambda library: _look(library, choice.id, caller)
                )
        raise catalogue.not_found(choice.id)

    async def page(self, wanted: VoiceFilter, span: Span, caller: Caller) -> Page[Voice]:
        """A part of the voices, newest first, then by id."""
        cursor = span.starting_after or span.ending_before
        if cursor is None:
            return await self._part(wanted, span.limit, caller)
        position = await self._position(cursor, caller)
        if position is None:
            return Page(())
        if span.starting_after:
            return await self._part(wanted, span.limit, caller, after=position)
        return await self._part(wanted, span.limit, caller, before=position)

    async def all(self, caller: Caller) -> AsyncIterator[Voice]:
        """Every voice, newest first, read in parts: never all of them in memory."""
        after: _Position | None = None
        while True:
            part = await self._part(VoiceFilter(), _AT_ONCE, caller, after=after)
            for voice in part.items:
                yield voice
            if not part.has_more:
                return
            after = part.items[-1].created_at, part.items[-1].id

    async def _part(
        self,
        wanted: VoiceFilter,
        limit: int,
        caller: Caller,
        *,
        after: _Position | None = None,
        before: _Position | None = None,
    ) -> Page[Voice]:
        """The first voices behind a position, or the last before one."""
        built_in = [voice for voice in catalogue.voices() if matches(voice, wanted)]
        if after is not None:
            built_in = [voice for voice in built_in if _order(voice) > _place(after)]
        if before is not None:
            built_in = [voice for voice in built_in if _order(voice) < _place(before)]
        made: Page[Voice] = Page(())
        if self._archive.exists and not wanted.is_starred:
            made = await self._archive.ask(
                lambda library: library.voices.page(
                    wanted, owner=caller.owner, limit=limit, after=after, before=before
                )
            )
        both = sorted((*built_in, *made.items), key=_order)
        part = both[-limit:] if before is not None else both[:limit]
        return Page(part, made.has_more or len(both) > limit)

    async def _position(self, id: str, caller: Caller) -> _Position | None:
        built_in = catalogue.known(id, names=False)
        if built_in is not None:
            return built_in.created_at, built_in.id
        if not self._archive.exists:
            return None
        return await self._archive.ask(lambda library: library.voices.position(id, caller.owner))


def matches(voice: Voice, wanted: VoiceFilter) -> bool:
    """Whether a built-in voice is one of those that are wanted."""
    if wanted.is_owner or wanted.is_starred or wanted.gender not in (None, voice.gender):
        return False
    return not wanted.q or fold(wanted.q) in _searched(voice.id)


@cache
def _searched(id: str) -> str:
    """All that a search looks at of a built-in voice."""
    voice = catalogue.by_id(id)
    return "\n".join(map(fold, (voice.name, voice.description, voice.id)))


def _look(library: Library, id: str, caller: Caller) -> Voice:
    try:
        found = library.voices.get(id)
    except VoiceNotFound:
        return library.voices.named(id, caller.owner)
    if not _sees(caller, found):
        raise VoiceNotFound(f"There is no voice {id[:64]!r}.")
    return found


def _sees(caller: Caller, voice: Voice) -> bool:
    return voice.is_public or voice.owner == caller.owner


def _order(voice: Voice) -> tuple[float, str]:
    return _place((voice.created_at, voice.id))


def _place(position: _Position) -> tuple[float, str]:
    """A position as something that grows along the list."""
    return -position[0].timestamp(), position[1]
