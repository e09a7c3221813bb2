"""The messages between the pool and a process that changes voices, beside those of `engines.jobs.frames`.

What is asked for is MessagePack. An event is behind its kind: audio, raw behind the place where it begins;
progress; or a measured voice.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from myna.engines.changing.protocols import CHANGING_RATE, Conversion, Fitting, Measuring
from myna.engines.frames import frame
from myna.engines.jobs.frames import EVENT
from myna.speech.events import AudioChunk
from myna.speech.listening import Progress

if TYPE_CHECKING:
    from myna.engines.changing.protocols import Samples

CHANGE = 48
"""Pool to process: a `Job` with the voice that a live stream gets; its audio follows."""
CONVERT = 49
"""Pool to process: a `Job` with a `Conversion`."""
MEASURE = 50
"""Pool to process: a `Job` with a `Measuring`."""
FIT = 51
"""Pool to process: a `Job` with a `Fitting`."""

LONGEST_CHUNK = CHANGING_RATE
"""Most samples of an event of audio."""

_AUDIO, _PROGRESS, _TARGET = range(3)
_PLACE = struct.Struct("<BQ")

Event = AudioChunk | Progress | bytes
"""What a process tells; the bytes are a voice that was measured."""
T = TypeVar("T", bytes, Conversion, Measuring, Fitting)


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """What is to be done."""

    number: int
    task: T


_encode = msgspec.msgpack.Encoder().encode
_decode_progress = msgspec.msgpack.Decoder(Progress).decode
_decode_change = msgspec.msgpack.Decoder(Job[bytes]).decode
_decode_convert = msgspec.msgpack.Decoder(Job[Conversion]).decode
_decode_measure = msgspec.msgpack.Decoder(Job[Measuring]).decode
_decode_fit = msgspec.msgpack.Decoder(Job[Fitting]).decode


def job(kind: int, asked: Job[T]) -> bytes:
    """The frame that begins a job of this kind."""
    return frame(kind, _encode(asked))


def audio(start: int, samples: Samples) -> bytes:
    """The frame of up to `LONGEST_CHUNK` samples of shape (n,), of which the first is the `start`-th."""
    return frame(EVENT, _PLACE.pack(_AUDIO, start) + samples.astype("<f4", copy=False).tobytes())


def progress(made: Progress) -> bytes:
    """The frame of progress."""
    return frame(EVENT, bytes([_PROGRESS]) + _encode(made))


def target(packed: bytes) -> bytes:
    """The frame of a voice that was measured."""
    return frame(EVENT, bytes([_TARGET]) + packed)


def read_change(payload: bytes) -> Job[bytes]:
    """The content of a `CHANGE`."""
    return _decode_change(payload)


def read_convert(payload: bytes) -> Job[Conversion]:
    """The content of a `CONVERT`."""
    return _decode_convert(payload)


def read_measure(payload: bytes) -> Job[Measuring]:
    """The content of a `MEASURE`."""
    return _decode_measure(payload)


def read_fit(payload: bytes) -> Job[Fitting]:
    """The content of a `FIT`."""
    return _decode_fit(payload)


def read_event(payload: memoryview) -> Event:
    """The content of an `EVENT`."""
    if payload[0] == _TARGET:
        return bytes(payload[1:])
    if payload[0] == _PROGRESS:
        return _decode_progress(payload[1:])
    import numpy as np

    _, start = _PLACE.unpack_from(payload)
    samples = np.frombuffer(bytes(payload[_PLACE.size :]), "<f4")
    return AudioChunk(samples, CHANGING_RATE, start / CHANGING_RATE)
