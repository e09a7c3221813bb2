"""The messages between the pool and a worker: pure bytes in both directions.

A frame is a little-endian header (payload length, kind) and its payload. Audio travels raw behind its
sample rate; times are fixed records; what is asked for is MessagePack.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import msgspec

from myna.engines.protocols import EngineEvent, Examination, Finding, Pcm, Phoneme, Utterance, Word

HEADER = struct.Struct("<IB")
"""Length of the payload in bytes, and its kind."""

MAX_PAYLOAD = 4 << 20
"""Longest payload in bytes that a peer may send; more is a broken stream."""

SPEAK = 1
"""Pool to worker: a `Job`."""
STOP = 2
"""Pool to worker: the number of a job that nobody listens to any more."""
READY = 3
"""Worker to pool: a `Ready`, once, before anything else."""
PCM = 4
WORD = 5
PHONEME = 6
DONE = 7
"""Worker to pool: the number of a job that has ended, whether spoken or stopped."""
FAILED = 8
"""Worker to pool: a `Failure` that ended a job."""
EXAMINE = 9
"""Pool to worker: an `Examination`, the worker's only job."""
ALIVE = 10
"""Worker to pool: a sign of life, without content."""
FOUND = 11
"""Worker to pool: the `Finding` that ends an examination."""

_NUMBER = struct.Struct("<I")
_WORD = struct.Struct("<IIdd")
_TIMES = struct.Struct("<dd")


@dataclass(frozen=True, slots=True)
class Job:
    """One utterance for one engine; `number` tells jobs of one worker apart."""

    number: int
    engine: str
    utterance: Utterance


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker is up; `missing` maps each engine that this machine lacks to the reason."""

    engines: tuple[str, ...]
    missing: dict[str, str]


@dataclass(frozen=True, slots=True)
class Failure:
    """A job ended in an error.

    Attributes:
        unexpected: it is a defect, rather than a request that cannot be spoken.
        rejected: the recording to be examined is at fault.
    """

    number: int
    message: str
    unexpected: bool = False
    rejected: bool = False


_encode = msgspec.msgpack.Encoder().encode
_decode_job = msgspec.msgpack.Decoder(Job).decode
_decode_ready = msgspec.msgpack.Decoder(Ready).decode
_decode_examination = msgspec.msgpack.Decoder(Examination).decode
_decode_finding = msgspec.msgpack.Decoder(Finding).decode
_decode_failure = msgspec.msgpack.Decoder(Failure).decode


def frame(kind: int, payload: bytes) -> bytes:
    """One whole frame."""
    return HEADER.pack(len(payload), kind) + payload


def speak(job: Job) -> bytes:
    """The frame that asks for `job`."""
    return frame(SPEAK, _encode(job))


def stop(number: int) -> bytes:
    """The frame that ends job `number`."""
    return frame(STOP, _NUMBER.pack(number))


def ready(message: Ready) -> bytes:
    """The frame that says a worker is up."""
    return frame(READY, _encode(message))


def done(number: int) -> bytes:
    """The frame that says job `number` has ended."""
    return frame(DONE, _NUMBER.pack(number))


def failed(failure: Failure) -> bytes:
    """The frame that says a job ended in an error."""
    return frame(FAILED, _encode(failure))


def pcm(sample_rate: int, data: bytes) -> bytes:
    """The frame of a run of samples."""
    return b"".join((HEADER.pack(len(data) + _NUMBER.size, PCM), _NUMBER.pack(sample_rate), data))


def times(event: Word | Phoneme) -> bytes:
    """The frame of one word or phoneme."""
    if isinstance(event, Word):
        return frame(WORD, _WORD.pack(event.text_start, event.text_end, event.start, event.end))
    return frame(PHONEME, _TIMES.pack(event.start, event.end) + event.ipa.encode())


def examine(examination: Examination) -> bytes:
    """The frame that asks for an examination."""
    return frame(EXAMINE, _encode(examination))


def found(finding: Finding) -> bytes:
    """The frame of what an examination has found."""
    return frame(FOUND, _encode(finding))


def read_number(payload: bytes | memoryview) -> int:
    """The job number of a `STOP` or `DONE`."""
    number: int = _NUMBER.unpack(payload)[0]
    return number


def read_job(payload: bytes | memoryview) -> Job:
    """The job of a `SPEAK`."""
    return _decode_job(payload)


def read_ready(payload: bytes | memoryview) -> Ready:
    """The content of a `READY`."""
    return _decode_ready(payload)


def read_examination(payload: bytes | memoryview) -> Examination:
    """The examination of an `EXAMINE`."""
    return _decode_examination(payload)


def read_finding(payload: bytes | memoryview) -> Finding:
    """The finding of a `FOUND`."""
    return _decode_finding(payload)


def read_failure(payload: bytes | memoryview) -> Failure:
    """The content of a `FAILED`."""
    return _decode_failure(payload)


def read_event(kind: int, payload: memoryview) -> EngineEvent:
    """The event of a `PCM`, `WORD` or `PHONEME`; its bytes are copied once, out of `payload`."""
    if kind == PCM:
        return Pcm(bytes(payload[_NUMBER.size :]), _NUMBER.unpack_from(payload)[0])
    if kind == WORD:
        return Word(*_WORD.unpack(payload))
    if kind == PHONEME:
        start, end = _TIMES.unpack_from(payload)
        return Phoneme(str(payload[_TIMES.size :], "utf-8"), start, end)
    raise ValueError(f"a worker sent a frame of unknown kind {kind}")
