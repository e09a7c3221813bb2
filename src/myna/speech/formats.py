"""The forms in which audio leaves Myna."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from myna.speech.errors import UnsupportedFormat

Container = Literal["raw", "wav", "mp3", "ogg", "aac", "flac"]
Encoding = Literal["pcm_f32le", "pcm_s16le", "pcm_mulaw", "pcm_alaw"]

CONTAINERS: tuple[str, ...] = ("raw", "wav", "mp3")
"""Containers of the wire; the others are for doors of other kinds."""
ENCODINGS: tuple[str, ...] = get_args(Encoding)
SAMPLE_RATES = (8000, 16000, 22050, 24000, 44100, 48000)
"""Sample rates of the wire, in Hz."""
BIT_RATES = (32000, 64000, 96000, 128000, 192000)
"""MP3 bit rates of the wire, in bit/s."""
OPUS_RATES = (8000, 16000, 24000, 48000)
"""Sample rates that Opus has, of those of the wire."""

BYTES_PER_SAMPLE: dict[str, int] = {"pcm_f32le": 4, "pcm_s16le": 2, "pcm_mulaw": 1, "pcm_alaw": 1}


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """A mono audio format; the fields and their values are the wire's own.

    `encoding` is None where the container has its own: mp3, ogg (Opus), aac (ADTS) and flac. `bit_rate` is
    set for mp3, and may be for ogg and aac.
    """

    container: Container = "raw"
    encoding: Encoding | None = "pcm_f32le"
    sample_rate: int = 44100
    bit_rate: int | None = None

    @property
    def bytes_per_sample(self) -> int:
        """Bytes of one sample; 0 for a compressed container."""
        return BYTES_PER_SAMPLE[self.encoding] if self.encoding else 0

    @property
    def media_type(self) -> str:
        """The HTTP `Content-Type` of audio in this format."""
        return _MEDIA_TYPES.get(self.container, "application/octet-stream")


_MEDIA_TYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
}


def check(format: OutputFormat) -> OutputFormat:
    """The format itself, if it is one of the wire; its fields may come from there unchecked.

    Raises:
        UnsupportedFormat: a field has a value that does not exist, or that does not go with the container.
    """
    return _checked(format, CONTAINERS)


def check_any(format: OutputFormat) -> OutputFormat:
    """The format itself, if audio can be made in it, whether the wire has it or not.

    Raises:
        UnsupportedFormat: as from `check`.
    """
    return _checked(format, get_args(Container))


def _checked(format: OutputFormat, containers: tuple[str, ...]) -> OutputFormat:
    if format.container not in containers:
        raise _unsupported("container", format.container, containers)
    if format.sample_rate not in SAMPLE_RATES:
        raise _unsupported("sample_rate", format.sample_rate, SAMPLE_RATES)
    if format.container == "mp3":
        if format.bit_rate not in BIT_RATES:
            raise _unsupported("bit_rate", format.bit_rate, BIT_RATES)
    elif format.container == "ogg":
        if format.sample_rate not in OPUS_RATES:
            raise _unsupported("sample_rate", format.sample_rate, OPUS_RATES)
    elif format.container in CONTAINERS and format.encoding not in ENCODINGS:
        raise _unsupported("encoding", format.encoding, ENCODINGS)
    return format


def _unsupported(field: str, value: object, allowed: tuple[object, ...]) -> UnsupportedFormat:
    got = "is missing" if value is None else f"cannot be {str(value)[:40]!r}"
    return UnsupportedFormat(f"output_format.{field} {got}; use one of {', '.join(map(str, allowed))}.")
