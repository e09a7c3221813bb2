"""Audio without a container, as it comes in from somebody: bytes in any cut become what recognisers hear."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from myna.audio.decoding import FORMATS, Source, opened, too_long
from myna.audio.detection import RATE
from myna.audio.encodings import decode
from myna.audio.resampling import Resampler
from myna.speech.errors import AudioRejected
from myna.speech.listening import InputFormat, check_input

if TYPE_CHECKING:
    import soxr

_LARGEST_BLOCK = 1000
"""Input samples of a filter's block above which its matrices would take longer than they save."""
_LONGEST_HEADER = 1 << 16
_READ = 1 << 15
"""Bytes of a file at a time."""

Samples = NDArray[np.float32]


class Intake:
    """Turns a stream of bytes into mono float32 at `RATE`, full scale 1.0, a few milliseconds behind.

    Bytes may be cut anywhere, in the middle of a sample too: the samples are the same. What is not a number
    or infinite becomes silence, what exceeds full scale is cut off there. A WAV header at the very start is
    left out; the format that was declared counts, whatever the header says.

    Attributes:
        received: samples that came in so far, at their own rate.
    """

    def __init__(self, format: InputFormat) -> None:
        """Prepare for a format.

        Raises:
            UnsupportedInput: no such encoding or rate.
        """
        self._format = check_input(format)
        self._header: Header | None = Header()
        self._rest = b""
        self._rate = resampler(format.sample_rate, RATE)
        self.received = 0

    def push(self, data: bytes) -> Samples:
        """Take more bytes, give back all samples that they settle, of shape (n,)."""
        if self._header is not None:
            found = self._header.push(data)
            if found is None:
                return np.zeros(0, dtype=np.float32)
            data, self._header = found, None
        return self._heard(data)

    def finish(self) -> Samples:
        """The rest; a last sample that is not whole is left out. Afterwards nothing may be pushed."""
        rest = np.zeros(0, dtype=np.float32)
        if self._header is not None:
            rest = self._heard(self._header.finish())
            self._header = None
        return np.concatenate([rest, self._rate.finish()])

    def _heard(self, data: bytes) -> Samples:
        if self._rest:
            data = self._rest + data
        size = self._format.bytes_per_sample
        whole = len(data) // size * size
        self._rest = data[whole:]
        samples = decode(data[:whole], self._format.encoding)
        self.received += len(samples)
        if len(samples) and not np.abs(samples).max() <= 1.0:
            samples = np.clip(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0), -1.0, 1.0)
        return self._rate.push(samples)


class Header:
    """Finds the end of a WAV header at the start of a stream, if there is one."""

    def __init__(self) -> None:
        self._held = b""

    def push(self, data: bytes) -> bytes | None:
        """What follows the header, once that is known."""
        held = self._held = self._held + data
        if not (held[:4] == b"RIFF"[: len(held)] and held[8:12] == b"WAVE"[: max(len(held) - 8, 0)]):
            return self.finish()
        at = 12
        while len(held) >= at + 8:
            name, size = held[at : at + 4], int.from_bytes(held[at + 4 : at + 8], "little")
            if name == b"data":
                self._held = b""
                return held[at + 8 :]
            at += 8 + size + size % 2
        return self.finish() if max(at, len(held)) > _LONGEST_HEADER else None

    def finish(self) -> bytes:
        """All that was held back: it was no header, or nothing follows."""
        held, self._held = self._held, b""
        return held


class AnyRate(Protocol):
    """A change of the sample rate, as a stream."""

    def push(self, samples: Samples) -> Samples:
        """Take input of shape (n,), give back all output that it settles."""
        ...

    def finish(self) -> Samples:
        """The rest of the output."""
        ...


class _Soxr:
    """For rates without a small common measure; some hundredths of a second behind."""

    def __init__(self, rate_in: int, rate_out: int) -> None:
        import soxr

        self._stream: soxr.ResampleStream = soxr.ResampleStream(rate_in, rate_out, 1, dtype="float32")

    def push(self, samples: Samples) -> Samples:
        converted: Samples = self._stream.resample_chunk(np.ascontiguousarray(samples))
        return converted

    def finish(self) -> Samples:
        rest: Samples = self._stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)
        return rest


def resampler(rate_in: int, rate_out: int) -> AnyRate:
    """What changes one rate into another with the least delay that it can be had for."""
    common = gcd(rate_in, rate_out)
    if max(rate_in, rate_out) // common <= _LARGEST_BLOCK:
        return Resampler(rate_in, rate_out)
    return _Soxr(rate_in, rate_out)


def read(source: Source, format: InputFormat, *, most_seconds: float) -> Iterator[Samples]:
    """The samples of a file without a container, a piece at a time.

    Raises:
        AudioRejected: it is empty, or longer than `most_seconds`; perhaps after some samples.
        UnsupportedInput: no such encoding or rate.
    """
    intake = Intake(format)
    with opened(source) as file:
        while data := file.read(_READ):
            samples = intake.push(data)
            if intake.received > most_seconds * format.sample_rate:
                raise AudioRejected(too_long(most_seconds))
            if len(samples):
                yield samples
        rest = intake.finish()
        if not intake.received:
            raise AudioRejected(
                f"There is no audio in this file: send samples in {format.encoding}, or a file as {FORMATS}."
            )
        if len(rest):
            yield rest
