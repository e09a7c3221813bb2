"""Any recording that people have, decoded as a stream to mono samples.

A recording is a stranger's file. It is read through one file handle, by demuxers and codecs from a list:
nothing in it can make the decoder open another file or a network address. What comes out is bounded by
`most_seconds`, whatever the file claims; what is held in between is a fraction of a second.

A broken packet is left out and the rest is heard; a file of which nothing can be heard is refused. The codecs
are native code: files of strangers belong into a process that may die.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from myna.audio.metering import Block, Meter, Samples
from myna.speech.errors import AudioRejected

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

Source = str | os.PathLike[str] | BinaryIO

FORMATS = "wav, mp3, m4a, aac, ogg, opus, flac or webm"
"""What is recommended to people; some more can be read."""

_DEMUXERS = "wav,w64,aiff,caf,au,mp3,aac,flac,ogg,mov,mp4,m4a,matroska,webm,amr"
_CODECS = frozenset(
    "aac aac_fixed ac3 adpcm_ima_qt adpcm_ima_wav adpcm_ms alac amrnb amrwb eac3 flac g722 gsm gsm_ms "
    "libopencore_amrnb libopencore_amrwb libopus libspeex libvorbis mp2 mp2float mp3 mp3float opus speex "
    "vorbis".split()
)
_LOWEST_RATE, _HIGHEST_RATE = 4000, 384_000
_MOST_CHANNELS = 32
_BLOCK = 8192
"""Fewest samples, at the recording's own rate, that are worked on at once."""
_PADDING = 0.1
"""Seconds that codecs add to what they were given."""
_TOLERATED = 64
"""Broken packets that are left out, over as many as could be read."""
_LOUDEST = 65536.0
"""Recordings in floating point may exceed full scale, some by the factor of 16-bit integers."""
_FULL_SCALE = {"u8": 128.0, "s16": 32768.0, "s32": 2147483648.0, "s64": 9223372036854775808.0}
_WEIGHTS = {"FC": 1.0, "LFE": 0.0, "LFE2": 0.0, "FL": 0.7071, "FR": 0.7071, "BL": 0.5, "BR": 0.5, "BC": 0.5}
_WEIGHTS |= {"SL": 0.5, "SR": 0.5, "FLC": 0.7071, "FRC": 0.7071, "DL": 0.7071, "DR": 0.7071}
"""How much of each loudspeaker's channel there is in the mix, relative to the centre's."""

_UNREADABLE = f"This is no recording that can be read: send {FORMATS}."
_SOUNDLESS = "There is no sound in this file: send a recording."
_BROKEN = "The recording is broken: save or convert it anew, as wav for instance."


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A whole recording.

    Attributes:
        samples: float32 of shape (n,), mono.
        sample_rate: of `samples`, in Hz.
        native_rate: of the file, in Hz; of its beginning, where it changes.
        peak: largest magnitude before resampling; full scale is 1.0.
        clipped: share of the samples within 1 % of the peak, before resampling: below 0.0002 for speech
            recorded as it was, far above where it was cut off.
    """

    samples: Samples
    sample_rate: int
    native_rate: int
    peak: float
    clipped: float

    @property
    def seconds(self) -> float:
        """Duration."""
        return len(self.samples) / self.sample_rate


def decode(source: Source, sample_rate: int, *, most_seconds: float) -> Iterator[Samples]:
    """Decode a recording.

    Args:
        source: path of a regular file, or a seekable file opened for bytes.
        sample_rate: wanted, in Hz.
        most_seconds: longest recording that is accepted.

    Yields:
        Mono float32 samples of shape (n,), n > 0, about a quarter of a second at a time.

    Raises:
        AudioRejected: no audio can be read from it, or it is longer than `most_seconds`; perhaps after
            some samples.
    """
    return resampled(blocks(source, most_seconds=most_seconds), sample_rate)


def claimed_seconds(source: Source) -> float | None:
    """How long a recording says it is, without decoding it; None where it does not say.

    Raises:
        AudioRejected: no audio can be read from it.
    """
    import av

    with _opened(source) as (container, stream):
        if stream.duration is not None and stream.time_base is not None:
            return max(float(stream.duration * stream.time_base), 0.0)
        return max(container.duration / av.time_base, 0.0) if container.duration is not None else None


def decode_all(source: Source, sample_rate: int, *, most_seconds: float) -> Decoded:
    """Decode a recording at once; see `decode`.

    Raises:
        AudioRejected: no audio can be read from it, or it is longer than `most_seconds`.
    """
    meter = Meter()
    parts = list(resampled(meter.watch(blocks(source, most_seconds=most_seconds)), sample_rate))
    samples = np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)
    return Decoded(samples, sample_rate, meter.native_rate, meter.peak, meter.clipped)


def blocks(source: Source, *, most_seconds: float) -> Iterator[Block]:
    """The recording at its own rate, mono; see `decode`.

    Raises:
        AudioRejected: no audio can be read from it, or it is longer than `most_seconds`.
    """
    seconds, parts, size, rate = 0.0, list[Samples](), 0, 0
    with _opened(source) as (container, stream):
        for frame in _frames(container, stream):
            if rate and frame.sample_rate != rate and parts:
                yield Block(np.concatenate(parts), rate)
                parts, size = [], 0
            rate = _checked_rate(frame.sample_rate)
            samples = mono(frame)
            seconds += len(samples) / rate
            if seconds > most_seconds + _PADDING:
                raise AudioRejected(too_long(most_seconds))
            parts.append(samples)
            size += len(samples)
            if size >= _BLOCK:
                yield Block(np.concatenate(parts), rate)
                parts, size = [], 0
    if parts:
        yield Block(np.concatenate(parts), rate)
    elif not seconds:
        raise AudioRejected(_SOUNDLESS)


def resampled(blocks: Iterator[Block], sample_rate: int) -> Iterator[Samples]:
    """The samples of `blocks` at another rate."""
    import soxr

    stream: soxr.ResampleStream | None = None
    native = 0
    for block in blocks:
        if block.sample_rate != native:
            if stream is not None:
                yield from _some(stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True))
            native = block.sample_rate
            same = native == sample_rate
            stream = None if same else soxr.ResampleStream(native, sample_rate, 1, dtype="float32")
        yield from _some(block.samples if stream is None else stream.resample_chunk(block.samples))
    if stream is not None:
        yield from _some(stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True))


def mono(frame: AudioFrame) -> Samples:
    """The channels of a frame as one, float32 of shape (n,).

    Loudspeakers count as an ear before them would have it, the bass channel not at all; the weights add up
    to one, so that the mix never exceeds what its channels reach.
    """
    data = frame.to_ndarray()
    channels = len(frame.layout.channels)
    if not frame.format.is_planar:
        data = data.reshape(-1, channels).T
    kind = frame.format.name.rstrip("p") if frame.format.is_planar else frame.format.name
    if kind == "u8":
        data = data.astype(np.float32) - 128.0
    scale = _FULL_SCALE.get(kind)
    weights = _weights(tuple(channel.name for channel in frame.layout.channels))
    if scale is not None:
        return np.asarray(weights / np.float32(scale) @ data.astype(np.float32), dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        data = np.nan_to_num(data.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    return np.asarray(weights @ np.clip(data, -_LOUDEST, _LOUDEST), dtype=np.float32)


@contextmanager
def _opened(source: Source) -> Iterator[tuple[InputContainer, AudioStream]]:
    import av

    with ExitStack() as stack:
        file = source if hasattr(source, "read") else stack.enter_context(opened(source))
        options = {"format_whitelist": _DEMUXERS, "protocol_whitelist": "none"}
        try:
            container = stack.enter_context(
                av.open(file, "r", metadata_errors="replace", container_options=options)
            )
        except (av.error.FFmpegError, ValueError) as error:
            raise AudioRejected(_UNREADABLE) from error
        stream = container.streams.best("audio")
        if not isinstance(stream, av.AudioStream):
            raise AudioRejected(_SOUNDLESS)
        codec = stream.codec_context
        if codec is None or not (codec.name in _CODECS or codec.name.startswith("pcm_")):
            raise AudioRejected(_UNREADABLE)
        codec.thread_count = 1
        yield container, stream


def opened(path: Source) -> BinaryIO:
    """A regular file, open for bytes.

    Raises:
        AudioRejected: there is none, or it is something else.
    """
    assert not hasattr(path, "read")
    # a pipe or a device would be waited for, perhaps for ever
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        raise AudioRejected("The recording cannot be opened: is it there, and may it be read?") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise AudioRejected(_UNREADABLE)
    return os.fdopen(descriptor, "rb")


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """What can be decoded, broken packets left out."""
    import av

    good = broken = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:  # the file ends in the middle of something
            packet = None
        if packet is None:
            break
        try:
            frames = packet.decode()
        except (av.error.FFmpegError, ValueError) as error:
            broken += 1
            if broken > _TOLERATED + good:
                raise AudioRejected(_BROKEN) from error
            continue
        for frame in frames:
            if frame.samples:
                good += 1
                yield frame
    if broken and not good:
        raise AudioRejected(_BROKEN)


def _checked_rate(sample_rate: int) -> int:
    if not _LOWEST_RATE <= sample_rate <= _HIGHEST_RATE:
        raise AudioRejected(
            f"The recording's sample rate is {sample_rate} Hz: send {_LOWEST_RATE} to {_HIGHEST_RATE} Hz."
        )
    return sample_rate


@lru_cache(maxsize=32)
def _weights(names: tuple[str, ...]) -> Samples:
    if len(names) > _MOST_CHANNELS:
        raise AudioRejected(f"The recording has {len(names)} channels: send one with one or two.")
    weights = np.array([_WEIGHTS.get(name, 1.0) for name in names], dtype=np.float32)
    if not weights.any():
        weights += 1.0
    return np.asarray(weights / weights.sum(), dtype=np.float32)


def _some(samples: Samples) -> Iterator[Samples]:
    if len(samples):
        yield samples


def too_long(most_seconds: float) -> str:
    """Says that a recording is too long, and what to do."""
    most = f"{most_seconds / 60:g} minutes" if most_seconds >= 120 else f"{most_seconds:g} seconds"
    return f"The recording is longer than {most}: send a part of it."
