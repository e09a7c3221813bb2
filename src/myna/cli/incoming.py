"""Audio that comes in on standard input: samples as they are, or behind the header of a WAV file."""

from __future__ import annotations

import struct
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

from myna.cli.standard_input import read_some
from myna.speech.errors import UsageError
from myna.speech.listening import InputFormat

MOST_HEADER = 1 << 16
"""Bytes within which the samples of a WAV file begin."""

_ENCODINGS = {
    (1, 16): "pcm_s16le",
    (1, 32): "pcm_s32le",
    (3, 16): "pcm_f16le",
    (3, 32): "pcm_f32le",
    (6, 8): "pcm_alaw",
    (7, 8): "pcm_mulaw",
}
"""Of WAV files, by the number of the format and the bits of a sample."""
_EXTENSIBLE = 0xFFFE


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where samples begin in a stream, and, where the stream tells, what they are."""

    start: int
    format: InputFormat | None = None


def beginning(data: bytes) -> Beginning | None:
    """Look at the first bytes of a stream; None where more of them are needed.

    Raises:
        UsageError: it is a WAV file that cannot be listened to.
    """
    if not (b"RIFF".startswith(data[:4]) and (len(data) < 9 or b"WAVE".startswith(data[8:12]))):
        return Beginning(0)
    if len(data) < 12:
        return None
    format: InputFormat | None = None
    at = 12
    while len(data) >= at + 8:
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if kind == b"data":
            if format is None:
                break
            return Beginning(at + 8, format)
        if at + 8 + size > MOST_HEADER:
            break
        if len(data) < at + 8 + size:
            return None
        if kind == b"fmt ":
            format = _format(data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    else:
        if at < MOST_HEADER:
            return None
    raise UsageError("Standard input is a WAV file without samples; give it to `myna transcribe -` instead.")


class Incoming:
    """Standard input as audio.

    Attributes:
        format: of the samples, known after `open`.
    """

    format: InputFormat

    def __init__(self, given: InputFormat | None) -> None:
        """Prepare; `given` is what the samples are, None for what they tell or 16 kHz `pcm_s16le`."""
        self._given = given
        self._data = b""

    async def open(self) -> InputFormat:
        """Wait for the first samples; their format.

        Raises:
            UsageError: there are none, or they are of a kind that cannot be listened to.
        """
        descriptor = sys.stdin.fileno()
        found: Beginning | None = None
        while found is None:
            more = await read_some(descriptor)
            self._data += more
            if not self._data:
                raise UsageError("Standard input held no audio; pipe some in.")
            found = beginning(self._data) if more else Beginning(0)
        self._data = self._data[found.start :]
        self.format = found.format or self._given or InputFormat("pcm_s16le", 16000)
        return self.format

    async def audio(self) -> AsyncIterator[bytes]:
        """The samples, as they come."""
        data, self._data = self._data, b""
        if data:
            yield data
        while data := await read_some(sys.stdin.fileno()):
            yield data


def _format(chunk: bytes) -> InputFormat:
    if len(chunk) < 16:
        raise UsageError("Standard input is a broken WAV file; give another one.")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if kind == _EXTENSIBLE and len(chunk) >= 26:
        kind = struct.unpack_from("<H", chunk, 24)[0]
    encoding = _ENCODINGS.get((kind, bits))
    if channels != 1 or encoding is None:
        detail = f"{channels} channels" if channels != 1 else f"{bits}-bit samples of kind {kind}"
        raise UsageError(
            f"Standard input is a WAV file with {detail}; live audio is mono, "
            "so give it to `myna transcribe -` instead."
        )
    return InputFormat(encoding, rate)
