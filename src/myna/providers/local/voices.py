"""The voices of this machine, made and changed."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from myna.engines.protocols import Examination, Finding
from myna.engines.world.bases import timbre_of
from myna.providers.local import catalogue
from myna.providers.local.archive import Archive
from myna.providers.local.localizing import check_attachable, spoken_tag, target, usual_tag
from myna.providers.local.pools import Pool
from myna.providers.local.preview import Previews
from myna.providers.local.shelf import Shelf
from myna.providers.protocols import Speech
from myna.speech import embedding
from myna.speech.accents import MOST_ACCENTS
from myna.speech.access import Caller
from myna.speech.errors import ClipRejected, InvalidRequest, NotFound, PermissionDenied
from myna.speech.languages import same_language
from myna.speech.requests import SpeechRequest
from myna.speech.voices import (
    IDEMPOTENCY_SECONDS,
    CloneDraft,
    Likeness,
    LocalizeDraft,
    Provenance,
    Timbre,
    Voice,
    VoiceChanges,
    VoiceChoice,
    VoiceDraft,
)

_LONGEST = {"name": 256, "description": 4096, "tagline": 256}
"""Most characters of what is told of a voice."""
_BUILT_IN = "This voice is built in and stays as it is; localize or clone a voice to have one of your own."
_FOREIGN = "This voice belongs to somebody else, who alone can change it."


class LocalVoices(Shelf):
    """The built-in voices, which stay as they are, and those that users make, in a library."""

    def __init__(
        self,
        archive: Archive,
        pool: Callable[[], Awaitable[Pool]],
        speak: Callable[[SpeechRequest], Speech],
        *,
        require_consent: bool = False,
    ) -> None:
        """Prepare.

        Args:
            archive: where voices are kept.
            pool: gets the engines ready, which look into clips.
            speak: begins a stream of speech.
            require_consent: refuse clones without the declared consent of the speaker.
        """
        super().__init__(archive)
        self._pool = pool
        self._require_consent = require_consent
        self._previews = Previews(speak)

    async def create(self, draft: VoiceDraft, caller: Caller) -> Voice:
        """Keep a new voice that sounds like an embedding.

        Raises:
            InvalidRequest: a broken embedding, an unknown language or base voice.
            VoiceNotFound: there is no such base voice.
        """
        language = usual_tag(draft.language)
        likeness = Likeness(embedding.speakable(draft.embedding))
        timbre = await self._timbre(likeness, language, draft.base_voice_id, caller)
        made = Voice(
            id=str(uuid4()),
            name=draft.name,
            description=draft.description,
            language=language,
            gender=draft.gender,
            timbre=timbre,
            created_at=datetime.now(UTC),
            embedding=likeness.embedding,
            tagline=draft.tagline,
            is_public=draft.is_public,
            owner=caller.owner,
            likeness=likeness,
        )
        return await self._keep(made, None, draft)

    async def clone(self, draft: CloneDraft, clip: Path, caller: Caller) -> Voice:
        """Keep a new voice that sounds like the recording in the file `clip`, and the recording with it.

        Raises:
            ClipRejected: no voice can be made of it; the message says why.
            PermissionDenied: consent has to be declared and was not.
            InvalidRequest: an unknown language or accent.
            VoiceNotFound: there is no such base voice.
        """
        self._check_consent(draft.consent)
        _check_told(draft.name, draft.description, draft.tagline)
        language = usual_tag(draft.language)
        if draft.accent:
            language = spoken_tag(draft.accent, language)
        if draft.base_voice_id:
            await self.find(VoiceChoice(draft.base_voice_id), caller)  # before the work rather than after it
        sha256 = await self._archive.run(lambda: _sha256(clip))
        finding = await self._examine(
            Examination(str(clip), draft.enhance, language=draft.language, transcript=draft.transcript)
        )
        now = datetime.now(UTC)
        made = Voice(
            id=str(uuid4()),
            name=draft.name,
            description=draft.description,
            language=language,
            gender=draft.gender or finding.gender,
            timbre=await self._timbre(finding.likeness, language, draft.base_voice_id, caller),
            created_at=now,
            embedding=finding.likeness.embedding,
            tagline=draft.tagline,
            is_public=draft.is_public,
            owner=caller.owner,
            likeness=finding.likeness,
            accent=draft.accent,
            provenance=Provenance(caller.owner, now, sha256, draft.consent),
        )
        return await self._keep(made, clip, draft)

    async def embed(
        self, clip: Path, *, enhance: bool, caller: Caller, consent: bool = False
    ) -> tuple[float, ...]:
        """The embedding of the speaker of a recording; nothing is kept.

        Raises:
            ClipRejected: none can be measured.
            PermissionDenied: consent has to be declared and was not.
        """
        self._check_consent(consent)
        finding = await self._examine(Examination(str(clip), enhance))
        return finding.likeness.embedding

    async def mix(self, parts: Sequence[tuple[VoiceChoice, float]], caller: Caller) -> tuple[float, ...]:
        """The embedding between voices, by weights that are scaled to a sum of 1.

        Raises:
            InvalidRequest: no parts, or weights that cannot be scaled.
            VoiceNotFound: one of them does not exist.
        """
        vectors = []
        for choice, weight in parts:
            vector = (await self.find(choice, caller)).embedding if choice.id else choice.embedding
            vectors.append((vector, weight))
        return embedding.mix(vectors)

    async def localize(self, draft: LocalizeDraft, caller: Caller) -> Voice:
        """Keep a new voice with the timbre of another, in another language or accent.

        Raises:
            VoiceNotFound: there is no such voice.
            InvalidRequest: no such language, dialect or accent.
        """
        accent, language = target(draft)
        source = await self.find(VoiceChoice(draft.voice_id), caller)
        likeness = source.likeness or Likeness(source.embedding)
        timbre = source.timbre
        if not same_language(source.language, language):
            timbre = await self._timbre(likeness, language, None, caller)
        made = replace(
            source,
            id=str(uuid4()),
            name=draft.name,
            description=draft.description,
            language=language,
            gender=draft.speaker_gender or source.gender,
            timbre=timbre,
            created_at=datetime.now(UTC),
            tagline=draft.tagline,
            is_public=False,
            aliases=(),
            owner=caller.owner,
            likeness=likeness,
            accent=accent,
            accents=(),
        )
        return await self._keep(made, None, draft)

    async def update(self, id: str, changes: VoiceChanges, caller: Caller) -> Voice:
        """Change what is told of a voice.

        Raises:
            VoiceNotFound: there is none.
            PermissionDenied: it is not the caller's.
            InvalidRequest: no such accent, one of another language, or a text that is too long.
        """
        voice = await self._own(id, caller)
        _check_told(changes.name or "", changes.description or "", changes.tagline or "")
        if changes.accent is not None:
            spoken_tag(changes.accent, voice.language)
        return await self._archive.ask(lambda library: library.voices.update(id, changes))

    async def delete(self, id: str, caller: Caller) -> None:
        """Forget a voice and its clip.

        Raises:
            VoiceNotFound: there is none.
            PermissionDenied: it is not the caller's.
        """
        await self._own(id, caller)
        await self._archive.ask(lambda library: library.voices.delete(id))

    async def export(self, id: str, caller: Caller) -> bytes:
        """All that is kept of one of the caller's voices, its clip too, as the content of one file.

        Raises:
            VoiceNotFound: there is none.
            PermissionDenied: it is not the caller's.
        """
        await self._own(id, caller)
        return await self._archive.ask(lambda library: library.export(id))

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
            PermissionDenied: consent has to be declared and was not when the voice was cloned.
        """
        return await self._archive.ask(
            lambda library: library.import_(
                file,
                caller.owner,
                anew=anew,
                require_consent=self._require_consent,
                idempotency_key=idempotency_key,
                idempotency_window_seconds=idempotency_window_seconds,
            )
        )

    async def add_accents(self, id: str, accents: Sequence[str], caller: Caller) -> Voice:
        """Let a voice speak with more accents, ten at most.

        Raises:
            VoiceNotFound, PermissionDenied: as with `update`.
            InvalidRequest: an accent does not exist or cannot be attached, or there are too many.
        """
        voice = await self._own(id, caller)
        for accent in accents:
            check_attachable(accent)

        def joined(before: tuple[str, ...]) -> Sequence[str]:
            after = tuple(each for each in dict.fromkeys((*before, *accents)) if each != voice.accent)
            if 1 + len(after) > MOST_ACCENTS:
                raise InvalidRequest(
                    f"A voice has {MOST_ACCENTS} accents at most, its own among them; remove some first."
                )
            return after

        return await self._archive.ask(lambda library: library.voices.set_accents(id, joined))

    async def remove_accent(self, id: str, accent: str, caller: Caller) -> Voice:
        """Take an accent away that was added.

        Raises:
            VoiceNotFound, PermissionDenied: as with `update`.
            NotFound: the voice does not have this accent.
        """
        await self._own(id, caller)

        def left(before: tuple[str, ...]) -> Sequence[str]:
            if accent not in before:
                raise NotFound(f"The accent {accent[:40]!r} was not added to this voice.")
            return [each for each in before if each != accent]

        return await self._archive.ask(lambda library: library.voices.set_accents(id, left))

    async def preview(self, id: str, caller: Caller) -> bytes:
        """A sentence spoken by a voice, as a WAV file.

        Raises:
            VoiceNotFound: there is none.
            EngineError: it cannot speak.
        """
        return await self._previews.of(await self.find(VoiceChoice(id), caller))

    async def _keep(
        self, voice: Voice, clip: Path | None, draft: VoiceDraft | CloneDraft | LocalizeDraft
    ) -> Voice:
        _check_told(voice.name, voice.description, voice.tagline)
        return await self._archive.ask(
            lambda library: library.voices.add(
                voice,
                clip=clip,
                idempotency_key=draft.idempotency_key,
                idempotency_window_seconds=draft.idempotency_window_seconds,
            )
        )

    def _check_consent(self, declared: bool) -> None:
        if self._require_consent and not declared:
            raise PermissionDenied(
                "This server makes voices only of speakers who agreed: send consent=true once they did."
            )

    async def _examine(self, examination: Examination) -> Finding:
        pool = await self._pool()
        return await pool.examine(examination)

    async def _timbre(self, likeness: Likeness, language: str, base: str | None, caller: Caller) -> Timbre:
        """The timbre that a new voice starts from: the nearest, or the one of a base voice at its pitch."""
        nearest = timbre_of(likeness.embedding, language, likeness.detail)
        if base is None:
            return nearest
        chosen = (await self.find(VoiceChoice(base), caller)).timbre
        return replace(chosen, pitch_hz=nearest.pitch_hz, pitch_range=nearest.pitch_range, rate=nearest.rate)

    async def _own(self, id: str, caller: Caller) -> Voice:
        """A voice that the caller may change.

        Raises:
            VoiceNotFound: there is none.
            PermissionDenied: it is not the caller's.
        """
        if catalogue.known(id, names=False) is not None:
            raise PermissionDenied(_BUILT_IN)
        voice = await self.find(VoiceChoice(id), caller)
        if voice.id != id:  # found by its name
            raise catalogue.not_found(id)
        if voice.owner != caller.owner:
            raise PermissionDenied(_FOREIGN)
        return voice


def _check_told(name: str, description: str, tagline: str) -> None:
    for field, value in (("name", name), ("description", description), ("tagline", tagline)):
        if len(value) > _LONGEST[field]:
            raise InvalidRequest(f"{field} has {len(value)} characters; use {_LONGEST[field]} at most.")


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ClipRejected(f"The clip cannot be read: {error.strerror}.") from None
