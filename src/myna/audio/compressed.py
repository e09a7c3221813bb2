"""Ogg Opus, AAC and FLAC as streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from myna.audio.encodings import to_int16
from myna.audio.mp3 import Mp3Encoder
from myna.speech.formats import OutputFormat

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer


class Compressor(Protocol):
    """Mono float32 in, the bytes of a compressed stream out."""

    def push(self, samples: NDArray[np.float32]) -> bytes:
        """Take samples of shape (n,), give back what they complete."""
        ...

    def finish(self) -> bytes:
        """The rest. Nothing may follow."""
        ...


@dataclass(frozen=True, slots=True)
class _Kind:
    """What makes a container.

    Attributes:
        muxer, codec: their names.
        sample: the codec's form of samples, of planes.
        prepare: samples in that form.
        codec_options, muxer_options: for early bytes that are the same at each run.
    """

    muxer: str
    codec: str
    sample: str
    prepare: Callable[[NDArray[np.float32]], NDArray[np.float32] | NDArray[np.int16]]
    codec_options: Mapping[str, str]
    muxer_options: Mapping[str, str]


def _as_they_are(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    return samples


_AT_ONCE = {"flush_packets": "1", "fflags": "+bitexact"}
_KINDS = {
    "ogg": _Kind("ogg", "libopus", "flt", _as_they_are, {}, {**_AT_ONCE, "page_duration": "20000"}),
    "aac": _Kind("adts", "aac", "fltp", _as_they_are, {"aac_coder": "fast"}, _AT_ONCE),
    "flac": _Kind(
        "flac", "flac", "s16", to_int16, {"frame_size": "1200"}, {**_AT_ONCE, "metadata_header_padding": "0"}
    ),
}


def compressor(format: OutputFormat) -> Compressor | None:
    """What makes the bytes of a format; None for one that is not compressed."""
    if format.container == "mp3":
        return Mp3Encoder(format.sample_rate, format.bit_rate or 0)
    kind = _KINDS.get(format.container)
    return None if kind is None else MuxedEncoder(kind, format)


class MuxedEncoder:
    """A codec and the container around it.

    The first sound leaves after 40 ms of audio (Opus), 50 ms (FLAC) and 90 ms (AAC). Opus and FLAC come back
    exactly as long as they went in; AAC without a file around it has no means to say so, and comes back 45 to
    90 ms longer, with silence before and behind.
    """

    def __init__(self, kind: _Kind, format: OutputFormat) -> None:
        self._kind = kind
        self._rate = format.sample_rate
        self._sent = 0
        self._out = _Out()
        self._held = np.zeros(0, dtype=np.float32)
        self._container, self._stream = self._opened(format)
        self._size = self._stream.codec_context.frame_size

    def push(self, samples: NDArray[np.float32]) -> bytes:
        """Take samples of shape (n,), give back the packets that they complete."""
        waiting = np.concatenate([self._held, samples])
        whole = len(waiting) - len(waiting) % self._size
        self._held = waiting[whole:]
        for at in range(0, whole, self._size):
            self._encode(waiting[at : at + self._size])
        return self._out.take()

    def finish(self) -> bytes:
        """The last packets."""
        if len(self._held):
            self._encode(self._held)
        for packet in self._stream.encode(None):
            self._container.mux(packet)
        self._container.close()
        return self._out.take()

    def _encode(self, samples: NDArray[np.float32]) -> None:
        from av import AudioFrame

        data = np.ascontiguousarray(self._kind.prepare(samples)).reshape(1, -1)
        frame = AudioFrame.from_ndarray(cast("NDArray[np.float32]", data), self._kind.sample, "mono")
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._sent
        self._sent += len(samples)
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def _opened(self, format: OutputFormat) -> tuple[OutputContainer, AudioStream]:
        import av

        kind = self._kind
        container = av.open(self._out, "w", format=kind.muxer, options=dict(kind.muxer_options))
        made = container.add_stream(
            kind.codec, rate=self._rate, options=dict(kind.codec_options), layout="mono"
        )
        stream = cast("AudioStream", made)
        stream.codec_context.format = kind.sample
        if format.bit_rate is not None:
            stream.codec_context.bit_rate = format.bit_rate
        container.start_encoding()
        return container, stream


class _Out:
    """A file that can only be written to, for the muxer."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)
