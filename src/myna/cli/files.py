"""Files in the making: nothing is lost before there is something to write, and what is closed is whole."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from myna.audio.containers import wav_header
from myna.audio.encoder import Encoder
from myna.speech.errors import UsageError
from myna.speech.events import AudioChunk
from myna.speech.formats import SAMPLE_RATES, OutputFormat

STANDARD_OUTPUT = Path("-")


class Target:
    """A file that is replaced by the first write, and left as it was (or away) without any.

    Opening it finds out at once whether it can be written.
    """

    def __init__(self, path: Path) -> None:
        """Open `path`; `-` is standard output.

        Raises:
            UsageError: it cannot be written.
        """
        self.path = path
        self._touched = False
        self._created = path != STANDARD_OUTPUT and not path.exists()
        try:
            self._file: BinaryIO = (
                sys.stdout.buffer
                if path == STANDARD_OUTPUT
                else os.fdopen(
                    os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666), "wb"
                )
            )
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}; give another file.") from None

    @property
    def regular(self) -> bool:
        """Whether one can go back and write over what is there."""
        return stat.S_ISREG(os.fstat(self._file.fileno()).st_mode)

    def write(self, data: bytes) -> None:
        """Append, after emptying the file at the first call."""
        if not self._touched:
            self._touched = True
            if self.regular:
                self._file.truncate(0)
        self._file.write(data)

    def overwrite(self, data: bytes) -> None:
        """Replace the file's beginning."""
        self._file.flush()
        self._file.seek(0)
        self._file.write(data)

    def flush(self) -> None:
        """Hand what was written to whoever reads it."""
        self._file.flush()

    def close(self) -> None:
        """Close the file; a new one in which nothing was written is removed."""
        if self.path == STANDARD_OUTPUT:
            self._file.flush()
            return
        self._file.close()
        if self._created and not self._touched:
            self.path.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Find out early whether a file can be made or replaced.

    Raises:
        UsageError: it cannot.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder; give a file.")
    if not path.parent.is_dir():
        raise UsageError(f"{path} cannot be written: there is no folder {path.parent}; make it first.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"{path} cannot be written: permission denied; give another file.")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Where to write what is to take the place of a file: all of it, once all went well, or nothing.

    Devices, pipes and standard output are written to themselves.

    Raises:
        UsageError: it cannot be written.
    """
    if path == STANDARD_OUTPUT or (path.exists() and not path.is_file()):
        yield path
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {error.strerror}; give another file.") from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def replace_file(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Replace a file as a whole, or leave it as it was; devices and pipes are written to.

    Args:
        path: the file.
        data: what it will hold.
        mode: permissions of a new file, less what the user's mask takes away.

    Raises:
        UsageError: it cannot be written.
    """
    with replacing(path) as part:
        if part == path:
            part.write_bytes(data)
            return
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(data)


class AudioFile:
    """Audio on its way into a file. Closed at any moment, the file is valid and says its true length."""

    def __init__(self, path: Path, format: OutputFormat) -> None:
        """Open the file.

        Raises:
            UsageError: it cannot be written.
            UnsupportedFormat: there is no such format.
        """
        self.path = path
        self.format = format
        self._target = Target(path)
        self._sealed_later = format.container == "wav" and self._target.regular
        raw = OutputFormat("raw", format.encoding, format.sample_rate)
        self._encoder = Encoder(raw if self._sealed_later else format)
        self._bytes = 0
        self._seconds = 0.0

    @property
    def seconds(self) -> float:
        """Length of the audio so far."""
        return self._seconds

    def write(self, chunk: AudioChunk) -> None:
        """Append audio of any sample rate."""
        self._seconds += len(chunk.samples) / chunk.sample_rate
        self._append(self._encoder.encode(chunk))
        self._target.flush()

    def close(self) -> None:
        """Finish the file."""
        try:
            if self._seconds:
                self._append(self._encoder.finish())
                if self._sealed_later:
                    self._target.write(b"\0" * (self._bytes % 2))
                    self._target.overwrite(wav_header(self.format, self._bytes))
        finally:
            self._target.close()

    def _append(self, data: bytes) -> None:
        if not data:
            return
        if self._sealed_later and not self._bytes:
            self._target.write(wav_header(self.format, None))
        self._target.write(data)
        self._bytes += len(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def format_of(
    path: Path | None, container: str | None, encoding: str | None, rate: int | None, bit_rate: int | None
) -> OutputFormat:
    """The format of a file, from what was asked for and, failing that, from its name.

    Raises:
        UsageError: the name says nothing, or the choices do not fit together.
    """
    chosen = container or _container_of(path)
    if rate is not None and rate not in SAMPLE_RATES:
        raise UsageError(
            f"There is no sample rate {rate}; choose one of {', '.join(map(str, SAMPLE_RATES))}."
        )
    if chosen == "mp3":
        if encoding is not None:
            raise UsageError("MP3 has no --encoding; leave it out or choose --format wav.")
        return OutputFormat("mp3", None, rate or 44100, bit_rate or 128000)
    if bit_rate is not None:
        raise UsageError("Only MP3 has a --bit-rate; leave it out or choose --format mp3.")
    return OutputFormat(chosen, encoding or "pcm_s16le", rate or 22050)  # type: ignore[arg-type]


_CONTAINERS = {".wav": "wav", ".wave": "wav", ".mp3": "mp3", ".raw": "raw", ".pcm": "raw"}


def _container_of(path: Path | None) -> str:
    if path is None or path == STANDARD_OUTPUT:
        return "wav"
    found = _CONTAINERS.get(path.suffix.lower())
    if found is None:
        raise UsageError(f"The name {path.name} does not say the format; add --format wav, mp3 or raw.")
    return found
