"""The WAV container, also where the length is not known yet."""

from __future__ import annotations

import struct

from myna.speech.errors import UnsupportedFormat
from myna.speech.formats import OutputFormat

UNKNOWN_SIZE = 0xFFFFFFFF
"""What a size field holds while the size is not known, or when it does not fit."""

_TAGS = {"pcm_s16le": 1, "pcm_f32le": 3, "pcm_alaw": 6, "pcm_mulaw": 7}
_PCM = 1


def wav_header(format: OutputFormat, data_bytes: int | None) -> bytes:
    """Everything before the samples of a mono WAV file.

    Args:
        format: its `encoding` and `sample_rate` count.
        data_bytes: length of the samples in bytes; None while it is unknown: readers then take
            everything up to the end of the stream.

    Raises:
        UnsupportedFormat: the format has no encoding that WAV can hold.
    """
    tag = _TAGS.get(format.encoding or "")
    if tag is None:
        raise UnsupportedFormat(
            f"WAV cannot hold encoding {format.encoding!r}; use one of {', '.join(_TAGS)}."
        )
    width = format.bytes_per_sample
    fields = struct.pack("<HHIIHH", tag, 1, format.sample_rate, format.sample_rate * width, width, width * 8)
    if tag == _PCM:
        head = _chunk(b"fmt ", fields)
    else:
        count = UNKNOWN_SIZE if data_bytes is None else _clamped(data_bytes // width)
        head = _chunk(b"fmt ", fields + b"\0\0") + _chunk(b"fact", struct.pack("<I", count))
    if data_bytes is None:
        riff_size = data_size = UNKNOWN_SIZE
    else:
        data_size = _clamped(data_bytes)
        riff_size = _clamped(4 + len(head) + 8 + data_bytes + data_bytes % 2)
    return struct.pack("<4sI4s", b"RIFF", riff_size, b"WAVE") + head + struct.pack("<4sI", b"data", data_size)


def seal_wav(data: bytes) -> bytes:
    """A complete WAV file from one that was streamed: true sizes, and padded to whole words.

    Raises:
        ValueError: `data` does not begin with a whole WAV header.
    """
    start = samples_offset(data)
    length = len(data) - start
    sealed = bytearray(data)
    if length % 2:
        sealed.append(0)
    struct.pack_into("<I", sealed, 4, _clamped(len(sealed) - 8))
    struct.pack_into("<I", sealed, start - 4, _clamped(length))
    fact = data.find(b"fact", 12, start)
    if fact > 0:
        (width,) = struct.unpack_from("<H", data, data.index(b"fmt ", 12) + 20)
        struct.pack_into("<I", sealed, fact + 8, _clamped(length // width))
    return bytes(sealed)


def samples_offset(data: bytes) -> int:
    """Where the samples of a WAV file begin, in bytes.

    Raises:
        ValueError: `data` does not begin with a whole WAV header.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("this is not a WAV file")
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        at += 8
        if name == b"data":
            return at
        at += size + size % 2
    raise ValueError("this WAV file ends inside its header")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", name, len(body)) + body


def _clamped(size: int) -> int:
    return min(size, UNKNOWN_SIZE)
