"""MP3 as a stream of whole frames."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext

HIGHEST_BIT_RATES = {8000: 64000, 16000: 160000, 22050: 160000, 24000: 160000, 44100: 192000, 48000: 192000}
"""Most bit/s that there are at each sample rate; below 32 kHz MP3 has fewer than the wire asks for."""


def real_bit_rate(sample_rate: int, bit_rate: int) -> int:
    """The bit rate that a stream gets which was asked for at `bit_rate`: the highest there is up to it."""
    return min(bit_rate, HIGHEST_BIT_RATES.get(sample_rate, bit_rate))


class Mp3Encoder:
    """Mono float32 in, MP3 frames out.

    The first frame comes after about 75 ms of audio (110 ms at 16 kHz, 220 ms at 8 kHz), and a decoder's
    output is 40-90 ms longer than what went in (160 ms at 8 kHz): both are the format's own. Bit rates
    that the format lacks at a sample rate are lowered as `real_bit_rate` says.
    """

    def __init__(self, sample_rate: int, bit_rate: int) -> None:
        self._codec = _open(sample_rate, real_bit_rate(sample_rate, bit_rate))
        self._sample_rate = sample_rate
        self._sent = 0
        self._held = np.zeros(0, dtype=np.float32)

    def push(self, samples: NDArray[np.float32]) -> bytes:
        """Take samples of shape (n,), give back the frames that they complete."""
        waiting = np.concatenate([self._held, samples])
        size = self._codec.frame_size
        whole = len(waiting) - len(waiting) % size
        self._held = waiting[whole:]
        return b"".join(self._encoded(waiting[at : at + size]) for at in range(0, whole, size))

    def finish(self) -> bytes:
        """The last frames. Nothing may follow."""
        rest = self._encoded(self._held) if len(self._held) else b""
        return rest + b"".join(bytes(packet) for packet in self._codec.encode(None))

    def _encoded(self, samples: NDArray[np.float32]) -> bytes:
        from av import AudioFrame

        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples)[None, :], format="fltp", layout="mono")
        frame.sample_rate = self._sample_rate
        frame.pts = self._sent
        self._sent += len(samples)
        return b"".join(bytes(packet) for packet in self._codec.encode(frame))


def _open(sample_rate: int, bit_rate: int) -> AudioCodecContext:
    from av import CodecContext

    codec: AudioCodecContext = CodecContext.create("libmp3lame", "w")
    codec.sample_rate = sample_rate
    codec.layout = "mono"
    codec.format = "fltp"
    codec.bit_rate = bit_rate
    codec.time_base = Fraction(1, sample_rate)
    codec.open()
    return codec
