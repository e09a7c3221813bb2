"""True sizes in WAV files whose header was sent before the length was known."""

from __future__ import annotations

import struct
from typing import BinaryIO

from myna.audio.containers import UNKNOWN_SIZE, samples_offset, seal_wav

_LONGEST_HEAD = 4096


def sealed(data: bytes) -> bytes:
    """`data` with true sizes if it is a WAV whose header says that it did not know them."""
    return seal_wav(data) if _unsealed(data[:_LONGEST_HEAD]) else data


class WavSealer:
    """Writes a stream to a file that can be sought in, and sets the sizes right at the end."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._head = b""
        self._size = 0

    def write(self, chunk: bytes) -> None:
        """Write the next piece."""
        if len(self._head) < _LONGEST_HEAD:
            self._head += chunk[:_LONGEST_HEAD]
        self._file.write(chunk)
        self._size += len(chunk)

    def finish(self) -> None:
        """Set the sizes right, if they have to be."""
        if not _unsealed(self._head) or self._size > UNKNOWN_SIZE:
            return
        start = samples_offset(self._head)
        length = self._size - start
        if length % 2:
            self._file.write(b"\0")
        sizes = [(4, self._size + length % 2 - 8), (start - 4, length)]
        fact = self._head.find(b"fact", 12, start)
        if fact > 0:
            (width,) = struct.unpack_from("<H", self._head, self._head.index(b"fmt ", 12) + 20)
            sizes.append((fact + 8, length // width))
        for place, size in sizes:
            self._file.seek(place)
            self._file.write(struct.pack("<I", size))
        self._file.seek(0, 2)


def _unsealed(head: bytes) -> bool:
    """Whether this begins a WAV that does not know its length."""
    try:
        start = samples_offset(head)
    except ValueError:
        return False
    return int.from_bytes(head[start - 4 : start], "little") == UNKNOWN_SIZE
