"""From a provider's audio to the bytes of an output format, as a stream."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from myna.audio.compressed import compressor
from myna.audio.containers import wav_header
from myna.audio.encodings import encode
from myna.audio.levels import LOSSY_CEILING, Gain, Limiter, saturated
from myna.audio.resampling import Resampler
from myna.speech.events import AudioChunk
from myna.speech.formats import OutputFormat, check_any

_LOSSY = ("mp3", "ogg", "aac")


class Encoder:
    """One stream of audio on its way out: gain, sample rate, peaks, encoding, container.

    Bytes hold whole samples, and come as soon as they are settled: at once at the provider's own sample
    rate; where the rate changes or the audio is made louder than it came, the last few milliseconds are
    held until the next chunk or `finish`. The bytes do not depend on how the audio was cut into chunks. A
    WAV stream begins with a header of unknown sizes; `containers.seal_wav` makes a file of it.
    """

    def __init__(self, format: OutputFormat) -> None:
        """Get ready.

        Raises:
            UnsupportedFormat: the format does not exist.
        """
        self.format: Final = check_any(format)
        self.samples = 0
        self._compressor = compressor(format)
        self._header = wav_header(format, None) if format.container == "wav" else b""
        self._rate_in: int | None = None
        self._gain = Gain(format.sample_rate)
        self._resampler = Resampler(format.sample_rate, format.sample_rate)
        lossy = format.container in _LOSSY
        self._limiter = Limiter(format.sample_rate, LOSSY_CEILING) if lossy else None

    @property
    def seconds(self) -> float:
        """Length of the audio that has left so far; `samples` counts it in samples."""
        return self.samples / self.format.sample_rate

    def encode(self, chunk: AudioChunk) -> bytes:
        """Take a chunk, give back what is settled by now; may be empty."""
        head = b""
        if chunk.sample_rate != self._rate_in:
            head = self._change_rate(chunk.sample_rate)
        if self._limiter is None and chunk.gain > 1.0:
            self._limiter = Limiter(self.format.sample_rate)
        return head + self._sent(self._resampler.push(self._gain.push(chunk.samples, chunk.gain)))

    def finish(self) -> bytes:
        """The rest; nothing may follow. Of a WAV stream without audio, its header."""
        rest = self._sent(self._resampler.finish())
        if self._limiter is not None:
            rest += self._coded(self._limiter.finish())
        return rest + (self._compressor.finish() if self._compressor is not None else b"")

    def _change_rate(self, sample_rate: int) -> bytes:
        """Go on with audio of another rate than so far, behind the rest of the old."""
        rest = self._sent(self._resampler.finish()) if self._rate_in is not None else b""
        self._rate_in = sample_rate
        self._gain = Gain(sample_rate)
        self._resampler = Resampler(sample_rate, self.format.sample_rate)
        if self._limiter is None and sample_rate != self.format.sample_rate:
            self._limiter = Limiter(self.format.sample_rate)
        return rest

    def _sent(self, samples: NDArray[np.float32]) -> bytes:
        return self._coded(samples if self._limiter is None else self._limiter.push(samples))

    def _coded(self, samples: NDArray[np.float32]) -> bytes:
        self.samples += len(samples)
        if self._compressor is not None:
            return self._compressor.push(saturated(samples)) if len(samples) else b""
        assert self.format.encoding is not None
        data = encode(
            saturated(samples) if self.format.encoding == "pcm_f32le" else samples, self.format.encoding
        )
        if self._header:
            data, self._header = self._header + data, b""
        return data
