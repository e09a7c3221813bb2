"""The messages that every process with a live stream or recording on it shares with the pool.

They travel in the frames of `myna.engines.frames`: audio raw, everything else as MessagePack. What asks for a
job, and what an `EVENT` holds, is each program's own.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from myna.engines.frames import frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

INT16 = 34
"""Pool to process: samples as 16-bit integers."""
FLOAT32 = 35
"""Pool to process: samples as floating point."""
FINISH = 38
"""Pool to process: no more audio comes; `DONE` answers."""
EVENT = 39
"""Process to pool: an event of the job."""
TAKEN = 40
"""Process to pool: so many more samples were worked on."""
TROUBLE = 41
"""Process to pool: a `Trouble` that ended a job."""

_COUNT = struct.Struct("<I")

Blame = Literal["request", "model", "recording", "clip", "engine", "defect"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A job ended in an error; `blame` says what is wrong."""

    number: int
    message: str
    blame: Blame


_encode = msgspec.msgpack.Encoder().encode
_decode_trouble = msgspec.msgpack.Decoder(Trouble).decode


def samples(audio: NDArray[np.float32] | NDArray[np.int16]) -> bytes:
    """The frame of a run of samples of shape (n,)."""
    if audio.dtype.kind == "i":
        return frame(INT16, audio.astype("<i2", copy=False).tobytes())
    return frame(FLOAT32, audio.astype("<f4", copy=False).tobytes())


def taken(count: int) -> bytes:
    """The frame that says that `count` more samples were worked on."""
    return frame(TAKEN, _COUNT.pack(count))


def trouble(message: Trouble) -> bytes:
    """The frame that says a job ended in an error."""
    return frame(TROUBLE, _encode(message))


def read_samples(kind: int, payload: bytes) -> NDArray[np.float32]:
    """The content of an `INT16` or `FLOAT32`, full scale 1.0."""
    import numpy as np

    if kind == INT16:
        return np.frombuffer(payload, dtype="<i2") * np.float32(1 / 32768)
    return np.frombuffer(payload, dtype="<f4").astype(np.float32, copy=False)


def read_taken(payload: memoryview) -> int:
    """The content of a `TAKEN`."""
    count: int = _COUNT.unpack(payload)[0]
    return count


def read_trouble(payload: memoryview) -> Trouble:
    """The content of a `TROUBLE`."""
    return _decode_trouble(payload)
