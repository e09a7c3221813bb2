"""Forms as browsers and SDKs upload them, read from pieces as they come."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from myna.speech.errors import InvalidRequest

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartParser

LONGEST_BOUNDARY = 200
"""Most bytes of a boundary; the standard allows 70."""


@dataclass(frozen=True, slots=True)
class PartBegun:
    """A part begins; `filename` is None where the client names none."""

    name: str
    filename: str | None
    content_type: str


@dataclass(frozen=True, slots=True)
class PartData:
    """Content of the part that has begun last."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnded:
    """The part that has begun last is complete."""


PartEvent = PartBegun | PartData | PartEnded


class MultipartReader:
    r"""Takes the bytes of a `multipart/form-data` body and gives what they say; it holds one piece at most.

    Where the header names no boundary, as some clients leave it out, the first line of the body does.

    Example:
        >>> reader = MultipartReader("multipart/form-data; boundary=b")
        >>> events = reader.feed(b'--b\r\nContent-Disposition: form-data; name="n"\r\n\r\nAda\r\n--b--\r\n')
        >>> reader.finish()
    """

    def __init__(self, content_type: str) -> None:
        """Begin to read.

        Args:
            content_type: value of the header; whether it is a form's is for the caller to see.

        Raises:
            InvalidRequest: the boundary is too long.
        """
        self._events: list[PartEvent] = []
        self._field = bytearray()
        self._value = bytearray()
        self._headers: dict[str, bytes] = {}
        self._ended = False
        self._start = b""
        self._parser: MultipartParser | None = None
        boundary = _options(content_type).get("boundary", "")
        if boundary:
            self._parser = self._made(boundary.encode("latin-1", errors="replace"))

    def feed(self, data: bytes) -> Sequence[PartEvent]:
        """What `data` tells, in order.

        Raises:
            InvalidRequest: it is no form.
        """
        from python_multipart.exceptions import FormParserError

        if self._parser is None:
            data = self._find_boundary(data)
        if self._parser is not None and data and not self._ended:
            try:
                self._parser.write(data)
            except FormParserError as error:
                raise _malformed(str(error)) from None
        events, self._events = self._events, []
        return events

    def finish(self) -> None:
        """The body is complete.

        Raises:
            InvalidRequest: the form is not.
        """
        if not self._ended:
            raise _malformed("it ends before its last boundary")

    def _find_boundary(self, data: bytes) -> bytes:
        """All that came so far once the first line is there, else nothing."""
        self._start += data
        line, end, _ = self._start.partition(b"\r\n")
        if not end and len(line) <= LONGEST_BOUNDARY + 2:
            return b""
        if not line.startswith(b"--") or len(line) == 2:
            raise _malformed("Content-Type names no boundary, and the body does not begin with one")
        self._parser = self._made(line[2:])
        start, self._start = self._start, b""
        return start

    def _made(self, boundary: bytes) -> MultipartParser:
        from python_multipart.multipart import MultipartParser

        if len(boundary) > LONGEST_BOUNDARY:
            raise _malformed("its boundary is too long")
        # it logs as warnings what is answered to the client here
        logging.getLogger("python_multipart").setLevel(logging.ERROR)
        return MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_begin,
                "on_header_field": self._on_field,
                "on_header_value": self._on_value,
                "on_header_end": self._on_header,
                "on_headers_finished": self._on_headers,
                "on_part_data": self._on_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
        )

    def _on_begin(self) -> None:
        self._headers = {}

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = bytes(self._value)
        self._field.clear()
        self._value.clear()

    def _on_headers(self) -> None:
        disposition = _options(self._headers.get("content-disposition", b"").decode("utf-8", "replace"))
        if "name" not in disposition:
            raise _malformed("a part has no name")
        kind = self._headers.get("content-type", b"").decode("latin-1")
        self._events.append(PartBegun(disposition["name"], disposition.get("filename"), kind))

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(PartData(data[start:end]))

    def _on_part_end(self) -> None:
        self._events.append(PartEnded())

    def _on_end(self) -> None:
        self._ended = True


def _options(header: str) -> dict[str, str]:
    from python_multipart.multipart import parse_options_header

    _, options = parse_options_header(header.encode("utf-8", errors="replace"))
    return {name.decode("latin-1"): value.decode("utf-8", "replace") for name, value in options.items()}


def _malformed(why: str) -> InvalidRequest:
    return InvalidRequest(f"The form cannot be read: {why}; send multipart/form-data with a boundary.")
