"""The forms in which audio leaves Myna."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from myna.speech.errors import UnsupportedFormat

Container = Literal["raw", "wav", "mp3"]
Encoding = Literal["pcm_f32le", "pcm_s16le", "pcm_mulaw", "pcm_alaw"]

CONTAINERS: tuple[str, ...] = get_args(Container)
ENCODINGS: tuple[str, ...] = get_args(Encoding)
SAMPLE_RATES = (8000, 16000, 22050, 24000, 44100, 48000)
"""Sample rates of the wire, in Hz."""
BIT_RATES = (32000, 64000, 96000, 128000, 192000)
"""MP3 bit rates of the wire, in bit/s."""

BYTES_PER_SAMPLE: dict[str, int] = {"pcm_f32le": 4, "pcm_s16le": 2, "pcm_mulaw": 1, "pcm_alaw": 1}


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """A mono audio format; the fields and their values are the wire's own.

    `encoding` is None for mp3 only, `bit_rate` is set for mp3 only.
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
        return {"wav": "audio/wav", "mp3": "audio/mpeg"}.get(self.container, "application/octet-stream")


def check(format: OutputFormat) -> OutputFormat:
    """The format itself, if it exists; its fields may come from the wire unchecked.

    Raises:
        UnsupportedFormat: a field has a value that does not exist, or that does not go with the container.
    """
    if format.container not in CONTAINERS:
        raise _unsupported("container", format.container, CONTAINERS)
    if format.sample_rate not in SAMPLE_RATES:
        raise _unsupported("sample_rate", format.sample_rate, SAMPLE_RATES)
    if format.container == "mp3":
        if format.bit_rate not in BIT_RATES:
            raise _unsupported("bit_rate", format.bit_rate, BIT_RATES)
    elif format.encoding not in ENCODINGS:
        raise _unsupported("encoding", format.encoding, ENCODINGS)
    return format


def _unsupported(field: str, value: object, allowed: tuple[object, ...]) -> UnsupportedFormat:
    got = "is missing" if value is None else f"cannot be {str(value)[:40]!r}"
    return UnsupportedFormat(f"output_format.{field} {got}; use one of {', '.join(map(str, allowed))}.")
