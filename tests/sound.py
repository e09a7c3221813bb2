"""Measuring sound: small pure functions from audio bytes to numbers that a test can compare."""

from __future__ import annotations

import functools
import io
import re
import struct
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pocketsphinx import Decoder

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Mono audio: float32 samples of shape (n,), full scale ±1.0, at `rate` Hz."""

    samples: Samples
    rate: int

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.rate

    def between(self, start: float, end: float) -> Sound:
        """The stretch from `start` to `end` seconds."""
        return Sound(self.samples[round(start * self.rate) : round(end * self.rate)], self.rate)


# --- from bytes ---------------------------------------------------------------------------------------


def of_raw(data: bytes, encoding: str, rate: int) -> Sound:
    """Headerless audio; whole samples only."""
    if encoding == "pcm_f32le":
        assert len(data) % 4 == 0, f"{len(data)} bytes are no whole number of float samples"
        return Sound(np.frombuffer(data, "<f4"), rate)
    if encoding == "pcm_s16le":
        assert len(data) % 2 == 0, f"{len(data)} bytes are no whole number of 16-bit samples"
        return Sound(np.frombuffer(data, "<i2").astype(np.float32) / 32768, rate)
    table = {"pcm_mulaw": _mulaw_table, "pcm_alaw": _alaw_table}[encoding]()
    return Sound(table[np.frombuffer(data, np.uint8)], rate)


@dataclass(frozen=True, slots=True)
class WavHeader:
    """What a WAV file says of itself; sizes are bytes, as written in the file."""

    format_tag: int
    channels: int
    rate: int
    bits: int
    riff_size: int
    data_size: int
    data_offset: int

    @property
    def encoding(self) -> str:
        """The wire's name of the sample encoding."""
        return {(1, 16): "pcm_s16le", (3, 32): "pcm_f32le", (7, 8): "pcm_mulaw", (6, 8): "pcm_alaw"}[
            self.format_tag, self.bits
        ]


def wav_header(data: bytes) -> WavHeader:
    """Read the chunks of a WAV file up to its samples."""
    riff, riff_size, wave = struct.unpack_from("<4sI4s", data)
    assert (riff, wave) == (b"RIFF", b"WAVE"), f"not a WAV file: {data[:12]!r}"
    offset, form = 12, None
    while True:
        name, size = struct.unpack_from("<4sI", data, offset)
        if name == b"fmt ":
            form = struct.unpack_from("<HHIIHH", data, offset + 8)
        if name == b"data":
            break
        offset += 8 + size + size % 2
    assert form is not None, "data chunk before any fmt chunk"
    tag, channels, rate, byte_rate, align, bits = form
    assert align == channels * bits // 8 and byte_rate == rate * align, f"contradictory fmt chunk: {form}"
    return WavHeader(tag, channels, rate, bits, riff_size, size, offset + 8)


def of_wav(data: bytes, *, streamed: bool = False) -> Sound:
    """A mono WAV file; unless `streamed`, the sizes in its header must be the true ones."""
    header = wav_header(data)
    assert header.channels == 1, f"{header.channels} channels"
    if not streamed:
        assert header.riff_size == len(data) - 8, f"RIFF size {header.riff_size}, file {len(data)}"
        assert header.data_size == len(data) - header.data_offset, f"data size {header.data_size}"
    return of_raw(data[header.data_offset :], header.encoding, header.rate)


def of_file(data: bytes) -> Sound:
    """Audio in any container that PyAV can open (mp3, flac, ogg …); several channels are averaged."""
    import av

    with av.open(io.BytesIO(data)) as source:
        stream = source.streams.audio[0]
        resampler = av.AudioResampler(format="flt", layout="mono", rate=stream.rate)
        frames = [out for frame in source.decode(stream) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
        return Sound(np.concatenate([frame.to_ndarray()[0] for frame in frames]), stream.rate)


@functools.cache
def _mulaw_table() -> Samples:
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (code >> 4 & 7).astype(int), (code & 15).astype(int)
    magnitude = ((2 * mantissa + 33) << exponent) - 33
    return (np.where(code & 0x80, -magnitude, magnitude) * 4 / 32768).astype(np.float32)


@functools.cache
def _alaw_table() -> Samples:
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    exponent, mantissa = (code >> 4 & 7).astype(int), (code & 15).astype(int)
    magnitude = np.where(exponent > 0, (2 * mantissa + 33) << np.maximum(exponent - 1, 0), 2 * mantissa + 1)
    return (np.where(code & 0x80, magnitude, -magnitude) * 8 / 32768).astype(np.float32)


# --- level --------------------------------------------------------------------------------------------


def peak(sound: Sound) -> float:
    """Largest magnitude, full scale 1.0."""
    return float(np.abs(sound.samples).max(initial=0.0))


def rms(sound: Sound) -> float:
    """Root of the mean square, full scale 1.0."""
    return float(np.sqrt(np.mean(np.square(sound.samples, dtype=np.float64)))) if len(sound.samples) else 0.0


def decibels(ratio: float) -> float:
    """A ratio of amplitudes in dB."""
    return 20 * float(np.log10(max(ratio, 1e-10)))


def levels(sound: Sound, frame_ms: float = 10.0) -> NDArray[np.float64]:
    """RMS of each whole frame, in dB of full scale."""
    size = max(round(sound.rate * frame_ms / 1000), 1)
    frames = sound.samples[: len(sound.samples) // size * size].reshape(-1, size).astype(np.float64)
    return 20 * np.log10(np.maximum(np.sqrt(np.mean(frames**2, axis=1)), 1e-10))


def active_level(sound: Sound) -> float:
    """Level of speech without its pauses, in dB of full scale: method B of ITU-T P.56."""
    memory = np.exp(-1 / (0.03 * sound.rate))
    power = sound.samples.astype(np.float64) ** 2
    envelope = np.abs(sound.samples).astype(np.float64)
    for _ in range(2):
        envelope = _smoothed(envelope, float(memory))
    hang = round(0.2 * sound.rate)
    before, last = 0.0, 0.0
    for exponent in range(1, 16):  # thresholds upwards: the first that lies near enough below the level
        threshold = 2.0**-16 * 2**exponent
        loud = np.flatnonzero(envelope >= threshold)
        if not len(loud):
            break
        active = np.minimum(np.diff(np.append(loud, len(envelope))), hang + 1).sum()
        level = 10 * np.log10(power.sum() / active)
        margin = level - 20 * np.log10(threshold)
        if margin <= 15.9:
            return float(level - (level - before) * (15.9 - margin) / max(last - margin, 1e-9))
        before, last = level, margin
    return float(before)


def _smoothed(values: NDArray[np.float64], memory: float) -> NDArray[np.float64]:
    """Exponential smoothing, in blocks short enough not to lose precision."""
    size = 512
    powers = memory ** np.arange(size)
    kernel = np.tril(memory ** np.subtract.outer(np.arange(size), np.arange(size)).clip(0)) * (1 - memory)
    result, state = np.empty(len(values)), 0.0
    for start in range(0, len(values), size):
        block = values[start : start + size]
        count = len(block)
        result[start : start + count] = kernel[:count, :count] @ block + state * memory * powers[:count]
        state = float(result[start + count - 1])
    return result


def onset(sound: Sound, threshold_db: float = -45.0) -> float:
    """Seconds before the first audible 10 ms; the whole duration when nothing is audible."""
    audible = np.flatnonzero(levels(sound) > threshold_db)
    return float(audible[0]) * 0.01 if len(audible) else sound.duration


def longest_silence(sound: Sound, threshold_db: float = -45.0) -> float:
    """Seconds of the longest inaudible stretch between audible ones."""
    audible = np.flatnonzero(levels(sound) > threshold_db)
    return float(np.diff(audible).max(initial=1) - 1) * 0.01


def clipped_share(sound: Sound) -> float:
    """Share of the samples that stand at full scale."""
    return float(np.mean(np.abs(sound.samples) >= 32767 / 32768)) if len(sound.samples) else 0.0


# --- pitch and spectrum -------------------------------------------------------------------------------


def pitch_track(sound: Sound) -> NDArray[np.float64]:
    """Fundamental frequency of the voiced 5 ms frames, in Hz."""
    import pyworld
    import soxr

    rate = min(sound.rate, 16000)  # higher ones cost more and say nothing about the pitch
    samples = np.ascontiguousarray(soxr.resample(sound.samples, sound.rate, rate), dtype=np.float64)
    f0, times = pyworld.dio(samples, rate, f0_floor=50.0, f0_ceil=600.0)
    f0 = pyworld.stonemask(samples, f0, times, rate)
    return np.asarray(f0[f0 > 0])


def pitch(sound: Sound) -> float:
    """Median fundamental frequency in Hz; 0 when nothing is voiced."""
    track = pitch_track(sound)
    return float(np.median(track)) if len(track) else 0.0


def melody(sound: Sound) -> float:
    """How much the pitch moves: its 10th to 90th percentile, in semitones."""
    track = pitch_track(sound)
    if not len(track):
        return 0.0
    low, high = np.percentile(track, [10, 90])
    return float(12 * np.log2(high / low))


def centroid(sound: Sound) -> float:
    """Centre of gravity of the power spectrum, in Hz: the higher, the brighter the timbre."""
    power = np.abs(np.fft.rfft(sound.samples)) ** 2
    return float((np.fft.rfftfreq(len(sound.samples), 1 / sound.rate) * power).sum() / power.sum())


def band_level(sound: Sound, low: float, high: float) -> float:
    """Share of the energy between two frequencies in Hz, in dB."""
    power = np.abs(np.fft.rfft(sound.samples)) ** 2
    frequency = np.fft.rfftfreq(len(sound.samples), 1 / sound.rate)
    return 10 * float(
        np.log10(max(power[(frequency >= low) & (frequency < high)].sum() / power.sum(), 1e-20))
    )


# --- joins --------------------------------------------------------------------------------------------


def click(sound: Sound, join: int, *, around: float = 0.03) -> float:
    """How far a join stands out: the sharpest bend within 4 samples of it over the sharpest nearby.

    A bend is the magnitude of the second difference. `around` is how many seconds on each side count
    as nearby. Speech alone gives values up to about 1.5; a step of a tenth of full scale gives far more.
    """
    reach = round(around * sound.rate)
    first = max(join - reach, 0)
    part = sound.samples[first : join + reach].astype(np.float64)
    bends = np.abs(np.diff(part, 2))
    at = join - first - 1
    near = slice(max(at - 4, 0), at + 5)
    rest = np.concatenate([bends[: near.start], bends[near.stop :]])
    floor = 1e-3  # below -60 dB of full scale nobody hears a bend
    return float(bends[near].max(initial=0.0) / max(rest.max(initial=0.0), floor))


def difference(one: Sound, other: Sound) -> float:
    """Root mean square of the difference over the common length, relative to the first's."""
    assert one.rate == other.rate
    size = min(len(one.samples), len(other.samples))
    gap = Sound(one.samples[:size] - other.samples[:size], one.rate)
    return rms(gap) / max(rms(Sound(one.samples[:size], one.rate)), 1e-10)


# --- words --------------------------------------------------------------------------------------------


def words(text: str) -> list[str]:
    """The words of an English text as they are scored: lower case, no punctuation, numbers spelled."""
    from num2words import num2words

    plain = unicodedata.normalize("NFKC", text).lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    spelled = re.sub(r"\d+", lambda m: f" {num2words(int(m[0]))} ", plain)
    return [word.strip("'") for word in re.findall(r"[a-z']+", spelled) if word.strip("'")]


def recognised(sound: Sound) -> str:
    """What PocketSphinx understands (English)."""
    import soxr

    at_16k = soxr.resample(sound.samples, sound.rate, 16000)
    decoder = _decoder()
    decoder.start_utt()
    decoder.process_raw((np.clip(at_16k, -1, 1) * 32767).astype("<i2").tobytes(), False, True)
    decoder.end_utt()
    best = decoder.hyp()
    return best.hypstr if best else ""


@functools.cache
def _decoder() -> Decoder:
    import pytest

    pocketsphinx = pytest.importorskip(
        "pocketsphinx", reason="PocketSphinx has no wheel for this Python here"
    )
    return pocketsphinx.Decoder(samprate=16000, loglevel="FATAL")


def edits(reference: Sequence[str], found: Sequence[str]) -> int:
    """Fewest insertions, deletions and replacements that turn one into the other."""
    row = list(range(len(found) + 1))
    for i, wanted in enumerate(reference, 1):
        diagonal, row[0] = row[0], i
        for j, got in enumerate(found, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (wanted != got))
    return row[-1]


def word_error_rate(sound: Sound, text: str) -> float:
    """Errors of PocketSphinx per word of `text`. Meaningful for Flite and people, not for eSpeak."""
    reference = words(text)
    return edits(reference, words(recognised(sound))) / max(len(reference), 1)
