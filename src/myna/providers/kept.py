"""What a provider keeps, as a caller sees it: voices and pronunciation dictionaries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Protocol

from myna.speech.access import Caller
from myna.speech.dictionaries import Dictionary, DictionaryChanges, Pronunciation
from myna.speech.pages import Page, Span
from myna.speech.voices import (
    IDEMPOTENCY_SECONDS,
    CloneDraft,
    LocalizeDraft,
    Voice,
    VoiceChanges,
    VoiceChoice,
    VoiceDraft,
    VoiceFilter,
)


class Voices(Protocol):
    """The voices of a provider as a caller sees them: public ones and the caller's own.

    A provider that keeps no voices raises `NotOffered` from what it cannot do. Another owner's private
    voice is `VoiceNotFound` for reading and speaking.
    """

    async def find(self, choice: VoiceChoice, caller: Caller) -> Voice:
        """The voice with this id, alias or name, or the voice that an embedding describes.

        Names are those of built-in voices and of the caller's own.

        Raises:
            VoiceNotFound: there is none.
            InvalidRequest: an embedding of the wrong length, or not of finite numbers.
        """
        ...

    async def page(self, wanted: VoiceFilter, span: Span, caller: Caller) -> Page[Voice]:
        """A part of the voices, newest first, then by id."""
        ...

    def all(self, caller: Caller) -> AsyncIterator[Voice]:
        """Every voice, newest first, read in parts: never all of them in memory."""
        ...

    async def create(self, draft: VoiceDraft, caller: Caller) -> Voice:
        """Keep a new voice that sounds like an embedding.

        Raises:
            InvalidRequest: a broken embedding, an unknown language or base voice.
        """
        ...

    async def clone(self, draft: CloneDraft, clip: Path, caller: Caller) -> Voice:
        """Keep a new voice that sounds like the recording in the file `clip`, and the recording with it.

        Raises:
            ClipRejected: no voice can be made of it; the message says why.
            PermissionDenied: consent has to be declared and was not.
        """
        ...

    async def embed(
        self, clip: Path, *, enhance: bool, caller: Caller, consent: bool = False
    ) -> tuple[float, ...]:
        """The embedding of the speaker of a recording; nothing is kept.

        Raises:
            ClipRejected: none can be measured.
            PermissionDenied: consent has to be declared and was not: a voice can be made of an embedding.
        """
        ...

    async def mix(self, parts: Sequence[tuple[VoiceChoice, float]], caller: Caller) -> tuple[float, ...]:
        """The embedding between voices, by weights that are scaled to a sum of 1.

        Raises:
            InvalidRequest: no parts, or weights that cannot be scaled.
            VoiceNotFound: one of them does not exist.
        """
        ...

    async def localize(self, draft: LocalizeDraft, caller: Caller) -> Voice:
        """Keep a new voice with the timbre of another, in another language or accent.

        Raises:
            VoiceNotFound: there is no such voice.
            InvalidRequest: no such language, dialect or accent.
        """
        ...

    async def update(self, id: str, changes: VoiceChanges, caller: Caller) -> Voice:
        """Change what is told of a voice.

        Raises:
            VoiceNotFound: there is none.
            PermissionDenied: it is not the caller's.
        """
        ...

    async def delete(self, id: str, caller: Caller) -> None:
        """Forget a voice and its clip.

        Raises:
            VoiceNotFound: there is none.
            PermissionDenied: it is not the caller's.
        """
        ...

    async def add_accents(self, id: str, accents: Sequence[str], caller: Caller) -> Voice:
        """Let a voice speak with more accents, ten at most.

        Raises:
            VoiceNotFound, PermissionDenied: as with `update`.
            InvalidRequest: an accent does not exist or cannot be attached, or there are too many.
        """
        ...

    async def remove_accent(self, id: str, accent: str, caller: Caller) -> Voice:
        """Take an accent away that was added.

        Raises:
            VoiceNotFound, PermissionDenied: as with `update`.
            NotFound: the voice does not have this accent.
        """
        ...

    async def export(self, id: str, caller: Caller) -> bytes:
        """All that is kept of one of the caller's voices, its clip too, as the content of one file.

        Raises:
            VoiceNotFound: there is none.
            PermissionDenied: it is not the caller's.
        """
        ...

    async def import_(
        self,
        file: Path,
        caller: Caller,
        *,
        anew: bool = False,
        idempotency_key: str | None = None,
        idempotency_window_seconds: float = IDEMPOTENCY_SECONDS,
    ) -> Voice:
        """Keep a voice that was exported elsewhere.

        Args:
            file: what `export` gave.
            caller: whose it is from now on.
            anew: give it an id of its own.
            idempotency_key: as of a draft.
            idempotency_window_seconds: as of a draft.

        Raises:
            InvalidRequest: the file holds no voice, or one that is here already.
        """
        ...

    async def preview(self, id: str, caller: Caller) -> bytes:
        """A sentence spoken by a voice, as a WAV file.

        Raises:
            VoiceNotFound: there is none.
        """
        ...


class Dictionaries(Protocol):
    """The pronunciation dictionaries of a provider, each seen by its owner only."""

    async def page(self, span: Span, caller: Caller) -> Page[Dictionary]:
        """A part of the caller's dictionaries, newest first, then by id."""
        ...

    async def get(self, id: str, caller: Caller) -> Dictionary:
        """One dictionary.

        Raises:
            NotFound: the caller has none with this id.
        """
        ...

    async def create(
        self, name: str, description: str, items: Sequence[Pronunciation], caller: Caller
    ) -> Dictionary:
        """Keep a new dictionary.

        Raises:
            InvalidRequest: an empty name, an empty or too long item.
        """
        ...

    async def update(self, id: str, changes: DictionaryChanges, caller: Caller) -> Dictionary:
        """Change a dictionary; speech that goes on keeps what it began with.

        Raises:
            NotFound: the caller has none with this id.
            InvalidRequest: as with `create`.
        """
        ...

    async def delete(self, id: str, caller: Caller) -> None:
        """Forget a dictionary.

        Raises:
            NotFound: the caller has none with this id.
        """
        ...
