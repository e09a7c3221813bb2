"""The JSON that clients send to make and change voices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from msgspec import UNSET, Struct, UnsetType

from myna.speech import accents
from myna.speech.errors import InvalidRequest
from myna.speech.voices import (
    Gender,
    LocalizeDraft,
    VoiceChanges,
    VoiceChoice,
    VoiceDraft,
)
from myna.wire.cartesia.queries import GENDERS
from myna.wire.cartesia.voices import checks

MOST_PARTS = 100
"""Most voices of a mix."""

_SPEAKERS: dict[str, Gender] = {"male": "masculine", "female": "feminine"}


class CreateVoice(Struct, kw_only=True):
    """The body of `POST /voices`: a voice that sounds like an embedding."""

    name: str
    embedding: list[float]
    description: str | None = None
    language: str | None = None
    base_voice_id: str | None = None
    gender: str | None = None
    tagline: str | None = None
    is_public: bool | None = None
    access: str | None = None

    def draft(self) -> VoiceDraft:
        """What is to be made.

        Raises:
            InvalidRequest: a value that cannot be.
        """
        return VoiceDraft(
            name=checks.name(self.name),
            description=checks.text("description", self.description),
            embedding=checks.embedding("embedding", self.embedding),
            language=checks.language(self.language) or "en",
            gender=checks.gender(self.gender),
            tagline=checks.tagline(self.tagline),
            base_voice_id=self.base_voice_id or None,
            is_public=bool(checks.public(self.is_public, self.access)),
        )


class UpdateVoice(Struct, kw_only=True):
    """The body of `PATCH /voices/{id}`; a `gender` of null forgets it, other nulls change nothing."""

    name: str | None = None
    description: str | None = None
    tagline: str | None = None
    gender: str | UnsetType | None = UNSET
    accent: str | None = None
    is_public: bool | None = None
    access: str | None = None

    def changes(self) -> VoiceChanges:
        """What is to be changed.

        Raises:
            InvalidRequest: a value that cannot be.
        """
        sets_gender = self.gender is not UNSET
        return VoiceChanges(
            name=None if self.name is None else checks.name(self.name),
            description=None if self.description is None else checks.text("description", self.description),
            tagline=None if self.tagline is None else checks.tagline(self.tagline),
            gender=checks.gender(cast("str | None", self.gender)) if sets_gender else None,
            sets_gender=sets_gender,
            accent=checks.accent(self.accent),
            is_public=checks.public(self.is_public, self.access),
        )


class MixPart(Struct, kw_only=True):
    """A voice of a mix, by id or else by embedding."""

    id: str | None = None
    embedding: list[float] | None = None
    weight: float = 1.0


class MixVoices(Struct, kw_only=True):
    """The body of `POST /voices/mix`."""

    voices: list[MixPart]

    def parts(self) -> list[tuple[VoiceChoice, float]]:
        """The voices and their weights.

        Raises:
            InvalidRequest: a part that names no voice, a weight that cannot be, too many parts or none.
        """
        if not 0 < len(self.voices) <= MOST_PARTS:
            raise InvalidRequest(f"voices has {len(self.voices)} entries; mix 1 to {MOST_PARTS}.")
        parts = []
        for place, part in enumerate(self.voices):
            field = f"voices[{place}]"
            if not abs(part.weight) <= checks.MOST_NUMBER:
                raise InvalidRequest(f"{field}.weight cannot be {part.weight:g}; use a share such as 0.5.")
            if part.id:
                choice = VoiceChoice(part.id)
            elif part.embedding is not None:
                choice = VoiceChoice(embedding=checks.embedding(f"{field}.embedding", part.embedding))
            else:
                raise InvalidRequest(f"{field} names no voice; give its id or its embedding.")
            parts.append((choice, part.weight))
        return parts


class LocalizeVoice(Struct, kw_only=True):
    """The body of `POST /voices/localize`: by `accent`, or as before it by `language` and `dialect`."""

    voice_id: str
    name: str
    description: str | None = None
    tagline: str | None = None
    accent: str | None = None
    language: str | None = None
    dialect: str | None = None
    original_speaker_gender: str | None = None

    def draft(self) -> LocalizeDraft:
        """What is to be made.

        Raises:
            InvalidRequest: a value that cannot be, or neither language nor accent.
        """
        if not self.voice_id:
            raise InvalidRequest("voice_id is empty; give the id of the voice to localize.")
        speaker = self.original_speaker_gender or None
        if speaker is not None and speaker not in (*_SPEAKERS, *GENDERS):
            raise InvalidRequest(f"original_speaker_gender cannot be {speaker[:40]!r}; use male or female.")
        accent, language = checks.accent(self.accent), checks.language(self.language)
        if accent is None and language is None:
            raise InvalidRequest("accent is missing; give an id of GET /accents, or a language.")
        dialect = self.dialect or None
        if dialect is not None and accent is None:
            dialect = dialect.lower()
            accents.of_dialect(language or "", dialect)
        return LocalizeDraft(
            voice_id=self.voice_id,
            name=checks.name(self.name),
            description=checks.text("description", self.description),
            language=None if accent else language,
            dialect=None if accent else dialect,
            accent=accent,
            speaker_gender=None if speaker is None else _SPEAKERS.get(speaker, cast(Gender, speaker)),
            tagline=checks.tagline(self.tagline),
        )


class AddAccents(Struct, kw_only=True):
    """The body of `PATCH /voices/{id}/accents`."""

    accents: list[str]

    def ids(self) -> Sequence[str]:
        """The accents to be added, each once.

        Raises:
            InvalidRequest: one that does not exist, too many or none.
        """
        if not 0 < len(self.accents) <= accents.MOST_ACCENTS:
            raise InvalidRequest(
                f"accents has {len(self.accents)} entries; add 1 to {accents.MOST_ACCENTS} of GET /accents."
            )
        return tuple(dict.fromkeys(accents.find(id).id for id in self.accents))
