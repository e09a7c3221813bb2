"""Who speaks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Gender = Literal["masculine", "feminine", "gender_neutral"]

EMBEDDING_SIZE = 192
"""Length of a voice embedding on the wire."""


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
class Voice:
    """A voice that can be asked for by id, name or embedding.

    `language` is the native language as a BCP-47 tag (`en-GB`); `embedding` has `EMBEDDING_SIZE` floats.
    """

    id: str
    name: str
    description: str
    language: str
    gender: Gender
    timbre: Timbre
    created_at: datetime
    embedding: tuple[float, ...] = field(repr=False)
    tagline: str = ""
    is_public: bool = True
    aliases: tuple[str, ...] = ()
