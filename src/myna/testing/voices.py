"""Voices that are kept in memory, for the provider that speaks tones."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import NAMESPACE_URL, uuid4, uuid5

import numpy as np

from myna.audio.containers import wav_header
from myna.library.parcel import pack, unpack
from myna.speech.access import Caller
from myna.speech.errors import ClipRejected, InvalidRequest, NotFound, PermissionDenied, VoiceNotFound
from myna.speech.formats import OutputFormat
from myna.speech.pages import Page, Span, page_of
from myna.speech.voices import (
    EMBEDDING_SIZE,
    IDEMPOTENCY_SECONDS,
    CloneDraft,
    LocalizeDraft,
    Provenance,
    Timbre,
    Voice,
    VoiceChanges,
    VoiceChoice,
    VoiceDraft,
    VoiceFilter,
)

MOST_ACCENTS = 10
"""Accents of one voice."""


def scripted_voice(name: str, *, language: str = "en", age: int = 0) -> Voice:
    """A voice with an id and an embedding that follow from its name; a higher `age` is an older voice."""
    seed = zlib.crc32(name.encode())
    return Voice(
        id=str(uuid5(NAMESPACE_URL, f"myna:scripted:{name}")),
        name=name,
        description=f"{name} speaks in tones.",
        language=language,
        gender="gender_neutral",
        timbre=Timbre(pitch_hz=120.0 + seed % 100),
        created_at=datetime(2026, 1, 28 - age % 28, tzinfo=UTC),
        embedding=_embedding(seed),
    )


class ScriptedVoices:
    """A `Voices` in memory: built-in ones, and what callers make of them.

    A recording's embedding follows from its bytes; an empty one is refused. Any accent exists.
    """

    def __init__(self, built_in: Sequence[Voice]) -> None:
        """Begin with these, newest first."""
        self._voices = {voice.id: voice for voice in built_in}
        self._keys: dict[tuple[str, str], tuple[str, float]] = {}
        self._latest = datetime(2026, 2, 1, tzinfo=UTC)

    def look(self, choice: VoiceChoice, caller: Caller) -> Voice:
        """`find`, without waiting."""
        seen = [voice for voice in self._all() if _sees(caller, voice)]
        if not choice.id:
            _check(choice.embedding)
            return max(seen, key=lambda voice: float(np.dot(voice.embedding, choice.embedding)))
        for voice in seen:
            if choice.id in (voice.id, *voice.aliases):
                return voice
        for voice in seen:
            if choice.id == voice.name and voice.owner in (None, caller.owner):
                return voice
        raise VoiceNotFound(f"No voice has the id {choice.id[:60]!r}; see the list of voices.")

    async def find(self, choice: VoiceChoice, caller: Caller) -> Voice:
        """The voice with this id, name or alias, or whose embedding is nearest."""
        return self.look(choice, caller)

    async def page(self, wanted: VoiceFilter, span: Span, caller: Caller) -> Page[Voice]:
        """A part of the voices, newest first."""

        def matches(voice: Voice) -> bool:
            own = voice.owner == caller.owner
            text = f"{voice.name}\n{voice.description}\n{voice.id}".casefold()
            told = wanted.is_owner in (None, own) and wanted.gender in (None, voice.gender)
            return told and not wanted.is_starred and wanted.q.casefold() in text

        seen = [voice for voice in self._all() if _sees(caller, voice)]
        return page_of(seen, span, id=lambda voice: voice.id, wanted=matches)

    async def all(self, caller: Caller) -> AsyncIterator[Voice]:
        """Every voice, newest first."""
        for voice in self._all():
            if _sees(caller, voice):
                yield voice

    async def create(self, draft: VoiceDraft, caller: Caller) -> Voice:
        """Keep a voice with this embedding."""
        _check(draft.embedding)
        base = self.look(VoiceChoice(draft.base_voice_id or "", draft.embedding), caller)
        made = Voice(
            id=str(uuid4()),
            name=draft.name,
            description=draft.description,
            language=draft.language,
            gender=draft.gender,
            timbre=base.timbre,
            created_at=self._now(),
            embedding=draft.embedding,
            tagline=draft.tagline,
            is_public=draft.is_public,
            owner=caller.owner,
        )
        return self._keep(made, draft.idempotency_key, draft.idempotency_window_seconds)

    async def clone(self, draft: CloneDraft, clip: Path, caller: Caller) -> Voice:
        """Keep a voice whose embedding follows from the recording."""
        data = await asyncio.to_thread(clip.read_bytes)
        embedding = await self.embed(clip, enhance=draft.enhance, caller=caller)
        now = self._now()
        made = Voice(
            id=str(uuid4()),
            name=draft.name,
            description=draft.description,
            language=draft.language,
            gender=draft.gender,
            timbre=Timbre(pitch_hz=150.0),
            created_at=now,
            embedding=embedding,
            tagline=draft.tagline,
            is_public=draft.is_public,
            owner=caller.owner,
            accent=draft.accent,
            provenance=Provenance(caller.owner, now, sha256(data).hexdigest(), draft.consent),
        )
        return self._keep(made, draft.idempotency_key, draft.idempotency_window_seconds)

    async def embed(
        self, clip: Path, *, enhance: bool, caller: Caller, consent: bool = False
    ) -> tuple[float, ...]:
        """An embedding that follows from the bytes of the recording."""
        data = await asyncio.to_thread(clip.read_bytes)
        if not data:
            raise ClipRejected("The clip is empty; send a recording of speech.")
        return _embedding(zlib.crc32(data))

    async def mix(self, parts: Sequence[tuple[VoiceChoice, float]], caller: Caller) -> tuple[float, ...]:
        """The weighted mean of embeddings."""
        total = sum(weight for _, weight in parts)
        if not parts or not total > 0:
            raise InvalidRequest("Give voices with weights above 0 to mix.")
        mixed = np.zeros(EMBEDDING_SIZE)
        for choice, weight in parts:
            given = choice.embedding if not choice.id else self.look(choice, caller).embedding
            _check(given)
            mixed += np.array(given) * (weight / total)
        return tuple(float(number) for number in mixed)

    async def localize(self, draft: LocalizeDraft, caller: Caller) -> Voice:
        """Keep a copy of a voice in another language or accent."""
        source = self.look(VoiceChoice(draft.voice_id), caller)
        language = draft.language or source.language
        made = replace(
            source,
            id=str(uuid4()),
            name=draft.name,
            description=draft.description,
            language=f"{language}-{draft.dialect.upper()}" if draft.dialect else language,
            accent=draft.accent,
            tagline=draft.tagline,
            created_at=self._now(),
            owner=caller.owner,
            is_public=False,
            aliases=(),
        )
        return self._keep(made, draft.idempotency_key, draft.idempotency_window_seconds)

    async def update(self, id: str, changes: VoiceChanges, caller: Caller) -> Voice:
        """Change what is told of a voice."""
        voice = self._own(id, caller)
        given = {
            name: value
            for name in ("name", "description", "tagline", "accent", "is_public")
            if (value := getattr(changes, name)) is not None
        }
        if changes.sets_gender:
            given["gender"] = changes.gender
        self._voices[id] = changed = replace(voice, **given)
        return changed

    async def delete(self, id: str, caller: Caller) -> None:
        """Forget a voice."""
        del self._voices[self._own(id, caller).id]

    async def add_accents(self, id: str, accents: Sequence[str], caller: Caller) -> Voice:
        """Add accents to a voice."""
        voice = self._own(id, caller)
        together = tuple(dict.fromkeys((*voice.accents, *accents)))
        if len(together) + (voice.accent is not None) > MOST_ACCENTS:
            raise InvalidRequest(f"A voice has {MOST_ACCENTS} accents at most; add fewer.")
        self._voices[id] = changed = replace(voice, accents=together)
        return changed

    async def remove_accent(self, id: str, accent: str, caller: Caller) -> Voice:
        """Take an accent away."""
        voice = self._own(id, caller)
        if accent not in voice.accents:
            raise NotFound(f"This voice has no accent {accent[:40]!r}.")
        left = tuple(each for each in voice.accents if each != accent)
        self._voices[id] = changed = replace(voice, accents=left)
        return changed

    async def export(self, id: str, caller: Caller) -> bytes:
        """A voice as a parcel."""
        return pack(self._own(id, caller), None)

    async def import_(
        self,
        file: Path,
        caller: Caller,
        *,
        anew: bool = False,
        idempotency_key: str | None = None,
        idempotency_window_seconds: float = IDEMPOTENCY_SECONDS,
    ) -> Voice:
        """Keep the voice of a parcel."""
        voice, _ = await asyncio.to_thread(unpack, file, caller.owner)
        if anew:
            voice = replace(voice, id=str(uuid4()), created_at=self._now())
        first = self._made(caller.owner, idempotency_key, idempotency_window_seconds)
        if first is None and voice.id in self._voices:
            raise InvalidRequest(f"The voice {voice.id} is here already; import it as a new one.")
        return first or self._keep(voice, idempotency_key, idempotency_window_seconds)

    async def preview(self, id: str, caller: Caller) -> bytes:
        """A tone as a WAV file."""
        voice = self.look(VoiceChoice(id), caller)
        tone = 8000 * np.sin(2 * np.pi * voice.timbre.pitch_hz / 22050 * np.arange(11025))
        data: bytes = tone.astype("<i2").tobytes()
        return wav_header(OutputFormat("wav", "pcm_s16le", 22050), len(data)) + data

    def _all(self) -> list[Voice]:
        return sorted(self._voices.values(), key=lambda voice: (-voice.created_at.timestamp(), voice.id))

    def _own(self, id: str, caller: Caller) -> Voice:
        voice = self._voices.get(id)
        if voice is None or not _sees(caller, voice):
            raise VoiceNotFound(f"No voice has the id {id[:60]!r}; see the list of voices.")
        if voice.owner != caller.owner:
            raise PermissionDenied("This voice is not yours; only who made it can change it.")
        return voice

    def _keep(self, voice: Voice, key: str | None, window_seconds: float) -> Voice:
        if (first := self._made(voice.owner, key, window_seconds)) is not None:
            return first
        if key is not None:
            self._keys[voice.owner or "", key] = (voice.id, time.monotonic())
        self._voices[voice.id] = voice
        return voice

    def _made(self, owner: str | None, key: str | None, window_seconds: float) -> Voice | None:
        id, made_at = self._keys.get((owner or "", key or ""), ("", 0.0))
        return self._voices.get(id) if time.monotonic() - made_at < window_seconds else None

    def _now(self) -> datetime:
        self._latest += timedelta(seconds=1)
        return self._latest


def _sees(caller: Caller, voice: Voice) -> bool:
    return voice.owner is None or voice.is_public or voice.owner == caller.owner


def _embedding(seed: int) -> tuple[float, ...]:
    return tuple(float(value) for value in np.random.default_rng(seed).normal(size=EMBEDDING_SIZE))


def _check(embedding: Sequence[float]) -> None:
    if len(embedding) != EMBEDDING_SIZE:
        raise InvalidRequest(f"An embedding has {EMBEDDING_SIZE} numbers, not {len(embedding)}.")
