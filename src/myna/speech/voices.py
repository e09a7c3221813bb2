"""Who speaks."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Gender = Literal["masculine", "feminine", "gender_neutral"]

EMBEDDING_SIZE = 192
"""Length of a voice embedding on the wire."""

IDEMPOTENCY_SECONDS = 86_400.0
"""How long an idempotency key stands for a voice, unless a draft says otherwise."""


@dataclass(frozen=True, slots=True)
class Timbre:
    """How a voice sounds, in terms that every engine can realise.

    Attributes:
        pitch_hz: median fundamental frequency of neutral speech, in Hz.
        pitch_range: melody of the voice; 1.0 is the engine's usual, 0.0 a monotone.
        formant_scale: resonances relative to the engine's base voice; above 1.0 is a smaller head.
        brightness: spectral tilt in dB per octave above 500 Hz, relative to the base voice.
        rate: tempo relative to the engine's usual.
        flite_base: recording that Flite starts from (`slt`, `rms`, `awb`, `kal16`); None where the
            voice has no Flite realisation.
        espeak_variant: name of a voice variant file of ours that eSpeak starts from; None for plain.
    """

    pitch_hz: float
    pitch_range: float = 1.0
    formant_scale: float = 1.0
    brightness: float = 0.0
    rate: float = 1.0
    flite_base: str | None = None
    espeak_variant: str | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """What was measured of a voice, for engines to come near to.

    Attributes:
        embedding: `EMBEDDING_SIZE` floats.
        detail: more than the embedding holds, in the measuring engine's own form; empty where only the
            embedding is known.
    """

    embedding: tuple[float, ...]
    detail: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a cloned voice comes from.

    Attributes:
        cloned_by: owner who cloned it.
        cloned_at: when.
        clip_sha256: hash of the clip as it was sent, in hexadecimal digits.
        consent: whether the speaker's consent was declared.
    """

    cloned_by: str
    cloned_at: datetime
    clip_sha256: str
    consent: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that can be asked for by id, name or embedding.

    Attributes:
        language: native language as a BCP-47 tag (`en-GB`).
        embedding: `EMBEDDING_SIZE` floats.
        owner: who made it; None for built-in voices.
        likeness: what is to be imitated; None where the timbre says all.
        accent: id of the accent it was made with, of `speech.accents`.
        accents: ids of further accents it can speak with.
        provenance: of clones only.
    """

    id: str
    name: str
    description: str
    language: str
    gender: Gender | None
    timbre: Timbre
    created_at: datetime
    embedding: tuple[float, ...] = field(repr=False)
    tagline: str = ""
    is_public: bool = True
    aliases: tuple[str, ...] = ()
    owner: str | None = None
    likeness: Likeness | None = None
    accent: str | None = None
    accents: tuple[str, ...] = ()
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    """A voice that is asked for: by id, or by embedding where the id is empty."""

    id: str = ""
    embedding: tuple[float, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class VoiceFilter:
    """Which voices of a list are wanted; None is any.

    Attributes:
        is_owner: whether they are the caller's own.
        is_starred: no voice is.
        gender: of the voice.
        q: text in name, description or id, compared as `fold` makes them.
    """

    is_owner: bool | None = None
    is_starred: bool | None = None
    gender: Gender | None = None
    q: str = ""


@dataclass(frozen=True, slots=True)
class VoiceDraft:
    """A voice to be made of an embedding.

    Attributes:
        base_voice_id: voice whose timbre it starts from; None for the nearest.
        idempotency_key: a second draft of the same owner with this key gives the voice of the first.
        idempotency_window_seconds: how long ago the first may be; 0 makes a new voice all the same, which the
            key stands for from then on.
    """

    name: str
    description: str
    embedding: tuple[float, ...]
    language: str = "en"
    gender: Gender | None = None
    tagline: str = ""
    base_voice_id: str | None = None
    is_public: bool = False
    idempotency_key: str | None = None
    idempotency_window_seconds: float = IDEMPOTENCY_SECONDS


@dataclass(frozen=True, slots=True)
class CloneDraft:
    """A voice to be made of a clip, which comes beside it.

    Attributes:
        transcript: what is said in the clip, where known.
        enhance: take noise out of the clip first.
        consent: whether the speaker's consent is declared.
        accent: id of an accent to speak with; None for the language's own.
        idempotency_key: a second draft of the same owner with this key gives the voice of the first.
        idempotency_window_seconds: how long ago the first may be; 0 makes a new voice all the same, which the
            key stands for from then on.
    """

    name: str
    description: str = ""
    language: str = "en"
    gender: Gender | None = None
    tagline: str = ""
    transcript: str | None = None
    enhance: bool = False
    consent: bool = False
    base_voice_id: str | None = None
    accent: str | None = None
    is_public: bool = False
    idempotency_key: str | None = None
    idempotency_window_seconds: float = IDEMPOTENCY_SECONDS


@dataclass(frozen=True, slots=True)
class LocalizeDraft:
    """A voice to be made of another, with the same timbre, in another language or accent.

    Attributes:
        voice_id: the voice to start from.
        language: BCP-47 tag; None where `accent` says it.
        dialect: region of the language on the wire (`us`, `br`, `eu`); None for its usual one.
        accent: id of an accent; None where `language` says it.
        speaker_gender: gender of the original speaker; None for the original voice's.
        idempotency_key: a second draft of the same owner with this key gives the voice of the first.
        idempotency_window_seconds: how long ago the first may be; 0 makes a new voice all the same, which the
            key stands for from then on.
    """

    voice_id: str
    name: str
    description: str = ""
    language: str | None = None
    dialect: str | None = None
    accent: str | None = None
    speaker_gender: Gender | None = None
    tagline: str = ""
    idempotency_key: str | None = None
    idempotency_window_seconds: float = IDEMPOTENCY_SECONDS


@dataclass(frozen=True, slots=True)
class VoiceChanges:
    """What an update sets; None leaves it. `gender` is set where `sets_gender` is True, to None too."""

    name: str | None = None
    description: str | None = None
    tagline: str | None = None
    gender: Gender | None = None
    sets_gender: bool = False
    accent: str | None = None
    is_public: bool | None = None


def fold(text: str) -> str:
    """Text as names and searches compare it: lower case, without accents and surrounding space."""
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
