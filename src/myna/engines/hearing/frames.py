"""The messages between the pool and a process that listens, beside those of `myna.engines.jobs.frames`.

They are MessagePack; an event is behind the number of its kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from myna.engines.frames import frame
from myna.engines.jobs.frames import EVENT
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

HEAR = 32
"""Pool to process: a `HearingJob`; its audio and commands follow."""
TRANSCRIBE = 33
"""Pool to process: a `RecordingJob`."""
FINALIZE = 36
CONFIGURE = 37
"""Pool to process: `Turns`."""

COMMAND = 800
"""Samples that a command counts for in `TAKEN`, so that commands do not pile up either."""

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


_encode = msgspec.msgpack.Encoder().encode
_decode_hearing = msgspec.msgpack.Decoder(_HearingJob).decode
_decode_recording = msgspec.msgpack.Decoder(RecordingJob).decode
_decode_turns = msgspec.msgpack.Decoder(Turns).decode
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


def configure(turns: Turns) -> bytes:
    """The frame that changes the thresholds of turns."""
    return frame(CONFIGURE, _encode(turns))


def event(heard: EngineHeard) -> bytes:
    """The frame of an event."""
    return frame(EVENT, _numbers[type(heard)] + _encode(heard))


def read_hearing(payload: bytes) -> HearingJob:
    """The content of a `HEAR`."""
    job = _decode_hearing(payload)
    ends = job.turns or job.endpointing or MANUAL
    return HearingJob(job.number, Hearing(job.engine, job.model, job.language, ends, job.keyterms))


def read_recording(payload: bytes) -> RecordingJob:
    """The content of a `TRANSCRIBE`."""
    return _decode_recording(payload)


def read_turns(payload: bytes) -> Turns:
    """The content of a `CONFIGURE`."""
    return _decode_turns(payload)


def read_event(payload: memoryview) -> EngineHeard:
    """The content of an `EVENT`."""
    heard: EngineHeard = _decoders[payload[0]](payload[1:])
    return heard
