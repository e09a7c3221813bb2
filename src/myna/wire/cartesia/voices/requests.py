"""What clients send to make and change voices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from msgspec import UNSET, Struct, UnsetType

from myna.speech import accents
from myna.speech.errors import InvalidRequest
from myna.speech.languages import WIRE_LANGUAGES, normalize_tag
from myna.speech.voices import (
    EMBEDDING_SIZE,
    CloneDraft,
    Gender,
    LocalizeDraft,
    VoiceChanges,
    VoiceChoice,
    VoiceDraft,
)
from myna.wire.cartesia.queries import GENDERS
from myna.wire.cartesia.voices.objects import MOST_TAGLINE, OLDEST

MOST_NAME = 200
"""Most characters of a name."""
MOST_DESCRIPTION = 4000
"""Most characters of a description, and of the transcript of a clip."""
MOST_PARTS = 100
"""Most voices of a mix."""
MOST_NUMBER = 1e6
"""Largest number of an embedding, and largest weight."""
UNNAMED = "Unnamed voice"
"""Name of a clone whose maker, with the oldest version, gives an empty one."""

_MODES = ("similarity", "stability", "clip")
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
            name=_name(self.name),
            description=_text("description", self.description),
            embedding=_embedding("embedding", self.embedding),
            language=_language(self.language) or "en",
            gender=_gender("gender", self.gender),
            tagline=_tagline(self.tagline),
            base_voice_id=self.base_voice_id or None,
            is_public=bool(_public(self.is_public, self.access)),
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
            name=None if self.name is None else _name(self.name),
            description=None if self.description is None else _text("description", self.description),
            tagline=None if self.tagline is None else _tagline(self.tagline),
            gender=_gender("gender", cast("str | None", self.gender)) if sets_gender else None,
            sets_gender=sets_gender,
            accent=_accent(self.accent),
            is_public=_public(self.is_public, self.access),
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
            if not abs(part.weight) <= MOST_NUMBER:
                raise InvalidRequest(f"{field}.weight cannot be {part.weight:g}; use a share such as 0.5.")
            if part.id:
                choice = VoiceChoice(part.id)
            elif part.embedding is not None:
                choice = VoiceChoice(embedding=_embedding(f"{field}.embedding", part.embedding))
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
        accent, language = _accent(self.accent), _language(self.language)
        if accent is None and language is None:
            raise InvalidRequest("accent is missing; give an id of GET /accents, or a language.")
        dialect = self.dialect or None
        if dialect is not None and accent is None:
            dialect = dialect.lower()
            accents.of_dialect(language or "", dialect)
        return LocalizeDraft(
            voice_id=self.voice_id,
            name=_name(self.name),
            description=_text("description", self.description),
            language=None if accent else language,
            dialect=None if accent else dialect,
            accent=accent,
            speaker_gender=None if speaker is None else _SPEAKERS.get(speaker, cast(Gender, speaker)),
            tagline=_tagline(self.tagline),
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


class CloneForm(Struct, kw_only=True):
    """The text parts of `POST /voices/clone`; the part `clip` is the recording."""

    name: str = ""
    description: str = ""
    language: str = ""
    mode: str = ""
    enhance: str = ""
    transcript: str = ""
    base_voice_id: str = ""
    accent: str = ""
    consent: str = ""
    gender: str = ""
    tagline: str = ""
    is_public: str = ""

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> CloneForm:
        """The parts that are known; others do no harm."""
        known: dict[str, Any] = {name: texts[name] for name in cls.__struct_fields__ if name in texts}
        return cls(**known)

    def draft(self, version: str) -> CloneDraft:
        """What is to be made.

        Raises:
            InvalidRequest: a part is missing, or has a value that cannot be.
        """
        if self.mode and self.mode not in _MODES and version <= "2024-11-13":
            raise InvalidRequest(f"mode cannot be {self.mode[:40]!r}; use similarity or stability.")
        if not self.language.strip() and version > OLDEST:
            raise InvalidRequest("language is missing; give that of the clip, such as en.")
        name = self.name if self.name.strip() or version > OLDEST else UNNAMED
        enhance = _flag("enhance", self.enhance)
        return CloneDraft(
            name=_name(name),
            description=_text("description", self.description),
            language=_language(self.language) or "en",
            gender=_gender("gender", self.gender or None),
            tagline=_tagline(self.tagline),
            transcript=_text("transcript", self.transcript) or None,
            # a clone for stability sounds like a studio's recording, whatever the clip
            enhance=self.mode == "stability" if enhance is None else enhance,
            consent=bool(_flag("consent", self.consent)),
            base_voice_id=self.base_voice_id.strip() or None,
            accent=_accent(self.accent),
            is_public=bool(_flag("is_public", self.is_public)),
        )


class EmbedForm(Struct, kw_only=True):
    """The text parts of `POST /voices/clone/clip`; the part `clip` is the recording."""

    enhance: str = ""
    mode: str = ""

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> EmbedForm:
        """The parts that are known; others do no harm."""
        return cls(enhance=texts.get("enhance", ""), mode=texts.get("mode", ""))

    def enhances(self) -> bool:
        """Whether noise is to be taken out first.

        Raises:
            InvalidRequest: it is neither true nor false.
        """
        return bool(_flag("enhance", self.enhance))


class ImportForm(Struct, kw_only=True):
    """The text parts of `POST /voices/import`; the part `parcel` is what `/voices/{id}/export` gave."""

    anew: str = ""

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> ImportForm:
        """The parts that are known; others do no harm."""
        return cls(anew=texts.get("anew", ""))

    def is_anew(self) -> bool:
        """Whether the voice is to have an id of its own.

        Raises:
            InvalidRequest: it is neither true nor false.
        """
        return bool(_flag("anew", self.anew))


def _flag(name: str, value: str) -> bool | None:
    """A true or false that was sent as text; None where it is empty.

    Raises:
        InvalidRequest: it is neither.
    """
    word = value.strip().lower()
    if word in ("", "null", "none"):
        return None
    if word not in ("true", "false", "1", "0"):
        raise InvalidRequest(f"{name} cannot be {value[:40]!r}; use true or false.")
    return word in ("true", "1")


def _name(value: str) -> str:
    name = value.strip()
    if not name:
        raise InvalidRequest("name is missing; give the voice a name.")
    if len(name) > MOST_NAME:
        raise InvalidRequest(f"name has {len(name)} characters; use {MOST_NAME} at most.")
    return name


def _text(field: str, value: str | None) -> str:
    text = (value or "").strip()
    if len(text) > MOST_DESCRIPTION:
        raise InvalidRequest(f"{field} has {len(text)} characters; use {MOST_DESCRIPTION} at most.")
    return text


def _tagline(value: str | None) -> str:
    text = (value or "").strip()
    if len(text) > MOST_TAGLINE:
        raise InvalidRequest(f"tagline has {len(text)} characters; use {MOST_TAGLINE} at most.")
    return text


def _language(value: str | None) -> str | None:
    if value is None or not value.strip():
        return None
    try:
        return normalize_tag(value)
    except InvalidRequest:
        raise InvalidRequest(
            f"language cannot be {value[:40]!r}; use a code such as {', '.join([*WIRE_LANGUAGES][:4])}."
        ) from None


def _gender(field: str, value: str | None) -> Gender | None:
    if value is not None and value not in GENDERS:
        raise InvalidRequest(f"{field} cannot be {value[:40]!r}; use one of {', '.join(GENDERS)}.")
    return cast("Gender | None", value)


def _accent(value: str | None) -> str | None:
    return accents.find(value).id if value else None


def _public(is_public: bool | None, access: str | None) -> bool | None:
    if access not in (None, "private", "public"):
        raise InvalidRequest(f"access cannot be {access[:40]!r}; use private or public.")
    return is_public if access is None else access == "public"


def _embedding(field: str, value: Sequence[float]) -> tuple[float, ...]:
    if len(value) != EMBEDDING_SIZE:
        raise InvalidRequest(f"{field} has {len(value)} numbers; it must have {EMBEDDING_SIZE}.")
    if not all(abs(number) <= MOST_NUMBER for number in value):
        raise InvalidRequest(f"{field} has numbers beyond {MOST_NUMBER:g}; send it as it was given.")
    return tuple(value)
