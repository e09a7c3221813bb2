"""The messages between the pool and a process that listens, in the frames of `myna.engines.frames`.

Audio travels raw, everything else as MessagePack; an event is behind the number of its kind.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from myna.engines.frames import frame
from myna.engines.protocols import Hearing, Recording
from myna.speech.listening import (
    MANUAL,
    Endpointing,
    Final,
    Finalized,
    HeardEvent,
    Partial,
    Progress,
    TurnEagerEnd,
    TurnEnd,
    TurnResume,
    Turns,
    TurnStart,
    TurnUpdate,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEAR = 32
"""Pool to process: a `HearingJob`; its audio and commands follow."""
TRANSCRIBE = 33
"""Pool to process: a `RecordingJob`."""
INT16 = 34
"""Pool to process: samples as 16-bit integers."""
FLOAT32 = 35
"""Pool to process: samples as floating point."""
FINALIZE = 36
CONFIGURE = 37
"""Pool to process: `Turns`."""
FINISH = 38
"""Pool to process: no more audio comes; `DONE` answers."""
EVENT = 39
"""Process to pool: an event of the job."""
TAKEN = 40
"""Process to pool: so many more samples were heard."""
TROUBLE = 41
"""Process to pool: a `Trouble` that ended a job."""

COMMAND = 800
"""Samples that a command counts for in `TAKEN`, so that commands do not pile up either."""

_COUNT = struct.Struct("<I")
_KINDS: tuple[type, ...] = (
    Partial,
    Final,
    Finalized,
    TurnStart,
    TurnUpdate,
    TurnEagerEnd,
    TurnResume,
    TurnEnd,
    Progress,
)

EngineHeard = HeardEvent | Progress
Blame = Literal["request", "model", "recording", "engine", "defect"]


@dataclass(frozen=True, slots=True)
class HearingJob:
    """A live stream to be listened to."""

    number: int
    hearing: Hearing


@dataclass(frozen=True, slots=True)
class _HearingJob:
    """The same on the line: of the two ways of endpointing one is None."""

    number: int
    engine: str
    model: str | None
    language: str | None
    endpointing: Endpointing | None
    turns: Turns | None
    keyterms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordingJob:
    """A recording to be written down."""

    number: int
    recording: Recording


@dataclass(frozen=True, slots=True)
class Trouble:
    """A job ended in an error; `blame` says what is wrong."""

    number: int
    message: str
    blame: Blame


_encode = msgspec.msgpack.Encoder().encode
_decode_hearing = msgspec.msgpack.Decoder(_HearingJob).decode
_decode_recording = msgspec.msgpack.Decoder(RecordingJob).decode
_decode_turns = msgspec.msgpack.Decoder(Turns).decode
_decode_trouble = msgspec.msgpack.Decoder(Trouble).decode
_decoders: tuple[Any, ...] = tuple(msgspec.msgpack.Decoder(kind).decode for kind in _KINDS)
_numbers = {kind: bytes([number]) for number, kind in enumerate(_KINDS)}


def hear(job: HearingJob) -> bytes:
    """The frame that begins a live stream."""
    asked, ends = job.hearing, job.hearing.endpointing
    turns = ends if isinstance(ends, Turns) else None
    endpointing = ends if isinstance(ends, Endpointing) else None
    plain = _HearingJob(
        job.number, asked.engine, asked.model, asked.language, endpointing, turns, asked.keyterms
    )
    return frame(HEAR, _encode(plain))


def transcribe(job: RecordingJob) -> bytes:
    """The frame that asks for a transcript."""
    return frame(TRANSCRIBE, _encode(job))


def samples(audio: NDArray[np.float32] | NDArray[np.int16]) -> bytes:
    """The frame of a run of samples of shape (n,)."""
    if audio.dtype.kind == "i":
        return frame(INT16, audio.astype("<i2", copy=False).tobytes())
    return frame(FLOAT32, audio.astype("<f4", copy=False).tobytes())


def configure(turns: Turns) -> bytes:
    """The frame that changes the thresholds of turns."""
    return frame(CONFIGURE, _encode(turns))


def event(heard: EngineHeard) -> bytes:
    """The frame of an event."""
    return frame(EVENT, _numbers[type(heard)] + _encode(heard))


def taken(count: int) -> bytes:
    """The frame that says that `count` more samples were heard."""
    return frame(TAKEN, _COUNT.pack(count))


def trouble(message: Trouble) -> bytes:
    """The frame that says a job ended in an error."""
    return frame(TROUBLE, _encode(message))


def read_hearing(payload: bytes) -> HearingJob:
    """The content of a `HEAR`."""
    job = _decode_hearing(payload)
    ends = job.turns or job.endpointing or MANUAL
    return HearingJob(job.number, Hearing(job.engine, job.model, job.language, ends, job.keyterms))


def read_recording(payload: bytes) -> RecordingJob:
    """The content of a `TRANSCRIBE`."""
    return _decode_recording(payload)


def read_samples(kind: int, payload: bytes) -> NDArray[np.float32]:
    """The content of an `INT16` or `FLOAT32`, full scale 1.0."""
    import numpy as np

    if kind == INT16:
        return np.frombuffer(payload, dtype="<i2") * np.float32(1 / 32768)
    return np.frombuffer(payload, dtype="<f4").astype(np.float32, copy=False)


def read_turns(payload: bytes) -> Turns:
    """The content of a `CONFIGURE`."""
    return _decode_turns(payload)


def read_event(payload: memoryview) -> EngineHeard:
    """The content of an `EVENT`."""
    heard: EngineHeard = _decoders[payload[0]](payload[1:])
    return heard


def read_taken(payload: memoryview) -> int:
    """The content of a `TAKEN`."""
    count: int = _COUNT.unpack(payload)[0]
    return count


def read_trouble(payload: memoryview) -> Trouble:
    """The content of a `TROUBLE`."""
    return _decode_trouble(payload)
