"""The text that `myna say` speaks: where it comes from, and how it is handed over in pieces."""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from myna.cli.standard_input import read_some
from myna.speech.errors import UsageError

PIECE = 1000
"""Characters after which a piece of text ends at the next sentence."""
LONGEST_PIECE = 4000
"""Characters before which a piece ends at a space, or, without any, right there."""

_SENTENCE = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+|[。!?।॥؟]+[”’」』)]*\s*|\n\s*\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text; `ends` where it should be spoken to its end although more follows."""

    text: str
    ends: bool


@dataclass(frozen=True, slots=True)
class Script:
    """A text to speak: `text`, or, where that is None, standard input as it arrives."""

    text: str | None

    @property
    def length(self) -> int | None:
        """Characters of the whole text; None where nobody knows yet."""
        return None if self.text is None else len(self.text)

    async def pieces(self) -> AsyncIterator[Piece]:
        """The text, cut where sentences end, so that each piece can be spoken as soon as it is there."""
        if self.text is not None:
            for piece in cut(self.text):
                yield piece
            return
        pending = 0
        async for text in _typed_text():
            for piece in _arriving(text, pending):
                yield piece
                pending = 0 if piece.ends else pending + len(piece.text)


def script(text: str | None, file: Path | None) -> Script:
    """The text of the command line, a file, or standard input where the text is `-` or piped in.

    Raises:
        UsageError: there is no text, more than one source of it, or a file that cannot be read.
    """
    if file is not None:
        if text is not None:
            raise UsageError("Both a text and --file are given; leave one out.")
        return _spoken(_read(file), f"{file} is empty; there is nothing to say.")
    if text == "-" or (text is None and not sys.stdin.isatty()):
        return Script(None)
    if text is None:
        raise UsageError("There is nothing to say: give a text, --file or pipe a text in.")
    return _spoken(text, "The text is empty; there is nothing to say.")


def cut(text: str) -> Iterator[Piece]:
    """Cut a whole text into pieces of about `PIECE` characters; together they are the text."""
    start = 0
    while len(text) - start > PIECE and (end := _boundary(text, start, 0)) is not None:
        yield Piece(text[start:end], ends=True)
        start = end
    if start < len(text):
        yield Piece(text[start:], ends=False)


def _arriving(text: str, pending: int) -> Iterator[Piece]:
    """Cut text that follows `pending` characters of an unfinished piece."""
    start = 0
    while (end := _boundary(text, start, pending)) is not None:
        yield Piece(text[start:end], ends=True)
        start, pending = end, 0
    if start < len(text):
        yield Piece(text[start:], ends=False)


def _boundary(text: str, start: int, pending: int) -> int | None:
    """Where the piece from `start` on ends that has `pending` characters already; None if not here."""
    last = start + max(1, LONGEST_PIECE - pending)
    sentence = _SENTENCE.search(text, start + max(0, PIECE - pending), last)
    if sentence:
        return sentence.end()
    if len(text) < last:
        return None
    space = text.rfind(" ", start + 1, last)
    return space + 1 if space > 0 else last


def _spoken(text: str, otherwise: str) -> Script:
    if not text.strip():
        raise UsageError(otherwise)
    return Script(text)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not text in UTF-8; save it as UTF-8 first.") from None


async def _typed_text() -> AsyncIterator[str]:
    """Standard input as it arrives, decoded; bytes that are not UTF-8 are replaced."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    descriptor = sys.stdin.fileno()
    while data := await read_some(descriptor):
        if text := decoder.decode(data):
            yield text
    if rest := decoder.decode(b"", final=True):
        yield rest
