"""Files that go with a call, readable anew for each try."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from myna.client.errors import InvalidCall

if TYPE_CHECKING:
    Content: TypeAlias = bytes | bytearray | memoryview | str | os.PathLike[str] | IO[bytes]
    FileParam: TypeAlias = (
        Content
        | tuple[str | None, Content]
        | tuple[str | None, Content, str | None]
        | tuple[str | None, Content, str | None, Mapping[str, str]]
    )
else:
    Content = FileParam = Any

_Entry = tuple[str, tuple[str | None, Any, str | None, dict[str, str]]]


class Upload:
    """One file of a call.

    It is given as bytes, as a path, as a file object open for reading bytes, or as a tuple of a file name,
    one of these, and perhaps its media type and headers.

    Example:
        >>> Upload("clip", b"RIFF").resendable, Upload("clip", ("me.wav", b"RIFF")).name
        (True, 'me.wav')
    """

    def __init__(self, field: str, given: FileParam) -> None:
        """Look at what was given; nothing is read yet.

        Raises:
            InvalidCall: it is none of these, or there is no such file.
        """
        self.field = field
        self.name: str | None = None
        self.media_type: str | None = None
        self.headers: Mapping[str, str] = {}
        content: Any = given
        if isinstance(given, tuple):
            if not 2 <= len(given) <= 4:
                raise InvalidCall(
                    f"{field} is a tuple of {len(given)}; give (file name, content[, media type[, headers]])."
                )
            parts: tuple[Any, ...] = (*given, None, None)
            self.name, content, self.media_type, headers = parts[:4]
            self.headers = dict(headers or {})
        self._content, self._start = _content(field, content)
        if self.name is None:
            named = getattr(content, "name", None) if hasattr(content, "read") else content
            known = isinstance(named, str | os.PathLike)
            self.name = Path(named).name if known else "upload"  # type: ignore[arg-type]

    @property
    def resendable(self) -> bool:
        """Whether it can be read a second time."""
        return self._start is not None

    def entry(self, files: ExitStack) -> _Entry:
        """What `httpx` takes for one try; what has to be opened for it is closed by `files`.

        Raises:
            InvalidCall: the file cannot be opened.
        """
        content = self._content
        if isinstance(content, Path):
            try:
                content = files.enter_context(content.open("rb"))
            except OSError as error:
                raise InvalidCall(
                    f"{self.field}: {content} cannot be read: {error.strerror}; give another file."
                ) from None
        elif not isinstance(content, bytes):
            content = _Rest(self.field, content, self._start)
        return self.field, (self.name, content, self.media_type, dict(self.headers))


class _Rest:
    """A file object from where it stood when it was given; it stays open."""

    def __init__(self, field: str, file: Any, start: int | None) -> None:
        self._field = field
        self._file = file
        self._start = start
        self._begun = False

    def read(self, size: int) -> bytes:
        """The next bytes."""
        self._begun = True
        data = self._file.read(size)
        if not isinstance(data, bytes):
            raise InvalidCall(f"{self._field} is open for reading text; open it in binary mode.")
        return data

    def tell(self) -> int:
        """Where it stands, from its start."""
        if self._start is None:
            raise OSError("It does not know where it stands.")
        return int(self._file.tell()) - self._start

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, counted from its start, and say where that is."""
        if self._start is None:
            if self._begun:
                raise InvalidCall(f"{self._field} can be read once only; give bytes or a path.")
            raise io.UnsupportedOperation("It can only be read on.")
        if whence == os.SEEK_SET:
            return int(self._file.seek(self._start + place)) - self._start
        return int(self._file.seek(place, whence)) - self._start


def _content(field: str, given: Any) -> tuple[Any, int | None]:
    """What is to be read, and where it starts; None where it can be read once only."""
    if isinstance(given, bytes):
        return given, 0
    if isinstance(given, bytearray | memoryview):
        return bytes(given), 0
    if isinstance(given, str | os.PathLike):
        if isinstance(given, str) and "://" in given:
            raise InvalidCall(f"{field} is an address, which is not fetched here; give the recording itself.")
        path = Path(given)
        if not os.path.isfile(path):
            reason = "is not a file" if os.path.exists(path) else "does not exist"
            raise InvalidCall(f"{field}: {path} {reason}; give the path of a recording.")
        return path, 0
    if isinstance(given, io.TextIOBase):
        raise InvalidCall(f"{field} is open for reading text; open it in binary mode.")
    if not callable(getattr(given, "read", None)):
        raise InvalidCall(
            f"{field} cannot be {type(given).__name__}; give bytes, a path, or a file opened in binary mode."
        )
    if getattr(given, "closed", False):
        raise InvalidCall(f"{field} is a closed file; open it again, or give its path.")
    try:
        return given, given.tell() if given.seekable() else None
    except (AttributeError, OSError, ValueError):
        return given, None


def form_fields(fields: Mapping[str, object]) -> dict[str, Any]:
    """The fields of a form: no nulls, nested names in brackets, lists as repeated `name[]`.

    Example:
        >>> form_fields({"a": True, "b": None, "c": {"d": 1, "e": [2, 3]}})
        {'a': True, 'c[d]': 1, 'c[e][]': [2, 3]}
    """
    return dict(_flat(fields.items(), "{}"))


def _flat(items: Any, pattern: str) -> Iterator[tuple[str, Any]]:
    for name, value in items:
        label = pattern.format(name)
        if isinstance(value, Mapping):
            yield from _flat(value.items(), label.replace("{", "{{").replace("}", "}}") + "[{}]")
        elif isinstance(value, list | tuple):
            yield label + "[]", [item if isinstance(item, str | int | float) else str(item) for item in value]
        elif value is not None:
            yield label, value if isinstance(value, str | int | float | bytes) else str(value)
