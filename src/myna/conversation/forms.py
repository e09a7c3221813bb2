"""Forms with files, kept in bounded memory while they come in."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from myna.speech.errors import InvalidRequest, Overloaded
from myna.wire.multipart import MultipartReader, PartBegun, PartData, PartEvent

HELD = 1 << 20
"""Most bytes of a file in memory; the rest is on the disk."""
MOST_TEXT = 64 << 10
"""Most bytes of a part that is text."""
MOST_PARTS = 256
"""Most parts of a form."""

_PREFIX = "myna-upload-"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in, complete and on the disk until its form is closed.

    Attributes:
        filename: as the client calls it; never a path of this machine.
        size: in bytes.
        sha256: of its content, in hexadecimal digits.
    """

    path: Path
    filename: str
    content_type: str
    size: int
    sha256: str


@dataclass
class Form:
    """What a form holds. Closing it removes its files; leaving it as a context manager closes it.

    Attributes:
        texts: values by name; of a repeated name the last.
        every: all names and values in order.
        files: uploads by name.
    """

    texts: dict[str, str] = field(default_factory=dict)
    every: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, Upload] = field(default_factory=dict)
    _folder: Path | None = None

    def file(self, name: str) -> Upload:
        """The upload with this name.

        Raises:
            InvalidRequest: there is none, or it is empty.
        """
        upload = self.files.get(name)
        if upload is None:
            raise InvalidRequest(f"{name} is missing; send the recording as a file part with this name.")
        if not upload.size:
            raise InvalidRequest(f"{name} is empty; send a recording.")
        return upload

    def folder(self) -> Path:
        """The folder of its files, for nobody else to read; made at the first call."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        return self._folder

    def take(self) -> Form:
        """All that it holds, which it then holds no more: for work that outlives whoever has this form."""
        taken = replace(self)
        self._folder, self.files = None, {}
        return taken

    async def close(self) -> None:
        """Remove its files; idempotent."""
        folder, self._folder = self._folder, None
        if folder is not None:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def read_form(pieces: AsyncIterator[bytes], content_type: str, files: Collection[str]) -> Form:
    """Read a form as it comes in; whoever gets it closes it.

    Args:
        pieces: the body; it bounds its own size and time.
        content_type: value of the header.
        files: names of the parts that are files. All others are text, also where a client sends them as
            files.

    Raises:
        InvalidRequest: it is no form, or a part of it is too large or comes twice.
        Overloaded: there is no room on the disk.
    """
    form = Form()
    try:
        await _Reading(form, files).read(pieces, content_type)
    except BaseException:
        await form.close()
        raise
    return form


class _Reading:
    """Sorts the parts of one form."""

    def __init__(self, form: Form, files: Collection[str]) -> None:
        self._form = form
        self._names = files
        self._parts = 0
        self._text = bytearray()
        self._part = PartBegun("", None, "")
        self._file: _File | None = None

    async def read(self, pieces: AsyncIterator[bytes], content_type: str) -> None:
        reader = MultipartReader(content_type)
        try:
            async for piece in pieces:
                for event in reader.feed(piece):
                    await self._take(event)
            reader.finish()
        except OSError as error:
            if isinstance(error, (ConnectionError, TimeoutError)):
                raise
            raise Overloaded("There is no room for uploads at the moment; try again later.") from error
        finally:
            if self._file is not None:
                self._file.drop()

    async def _take(self, event: PartEvent) -> None:
        if isinstance(event, PartBegun):
            self._begin(event)
        elif isinstance(event, PartData):
            if self._file is not None:
                await self._file.write(event.data)
            else:
                self._write(event.data)
        elif self._file is not None:
            self._form.files[self._part.name] = await self._file.finish(self._part)
            self._file = None
        else:
            text = self._text.decode("utf-8", errors="replace")
            self._form.texts[self._part.name] = text
            self._form.every.append((self._part.name, text))
            self._text.clear()

    def _begin(self, part: PartBegun) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise InvalidRequest(f"The form has more than {MOST_PARTS} parts; send the documented ones only.")
        if part.name in self._names:
            if part.name in self._form.files:
                raise InvalidRequest(f"{part.name} comes twice; send one recording.")
            self._file = _File(self._form.folder() / f"{self._parts}")
        self._part = part

    def _write(self, data: bytes) -> None:
        if len(self._text) + len(data) > MOST_TEXT:
            raise InvalidRequest(f"{self._part.name[:40]} is larger than {MOST_TEXT} bytes; send less.")
        self._text += data


class _File:
    """A file in the making; what is written to the disk is written beside the event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hash = sha256()
        self._held = bytearray()
        self._size = 0
        self._handle: BinaryIO | None = None

    async def write(self, data: bytes) -> None:
        self._held += data
        self._size += len(data)
        if len(self._held) >= HELD:
            await _beside(self._flush)

    async def finish(self, part: PartBegun) -> Upload:
        await _beside(self._flush)
        self.drop()
        name = (part.filename or "").replace("\\", "/").rpartition("/")[2]
        return Upload(self._path, name, part.content_type, self._size, self._hash.hexdigest())

    def drop(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def _flush(self) -> None:
        if self._handle is None:
            self._handle = self._path.open("xb")
        self._handle.write(self._held)
        self._handle.flush()
        self._hash.update(self._held)
        self._held.clear()


async def _beside(work: Callable[[], None]) -> None:
    """Work in a thread; whoever is cancelled meanwhile waits for it, so that nothing is written later."""
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait({working})
        raise


def sweep() -> None:
    """Remove what uploads left behind in processes that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        process = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if process.isdecimal() and not _lives(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _lives(process: int) -> bool:
    if os.name == "nt":  # there, a signal of 0 ends it
        return True
    with suppress(ProcessLookupError):
        with suppress(PermissionError):
            os.kill(process, 0)
        return True
    return False
