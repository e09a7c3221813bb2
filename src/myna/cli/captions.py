"""What is heard, on its way to the terminal: finals as lines, what may still change on the last line."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from myna.cli import terminal
from myna.speech.errors import EngineError, InvalidRequest, MynaError

if TYPE_CHECKING:
    from myna.client.heard import STTEvent

_CLEAR = "\r\x1b[K"
_OPEN = frozenset({"turn.update", "turn.eager_end"})


class Captions:
    """Prints the events of a live connection, each at once.

    Attributes:
        anything: whether there was a word.
    """

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        """Prepare.

        Args:
            as_json: print every event as a line of JSON.
            quiet: show nothing before it is final.
        """
        self.anything = False
        self._as_json = as_json
        self._live = not (as_json or quiet) and terminal.interactive()

    def take(self, event: STTEvent) -> None:
        """Print an event.

        Raises:
            MynaError: it tells of one.
        """
        if event.type == "error":
            self.clear()
            raise failure(event)
        text, final = _text(event)
        self.anything = self.anything or bool(final and text)
        if self._as_json:
            fields = {name: value for name, value in json.loads(event.raw).items() if name != "request_id"}
            self._print(json.dumps(fields, ensure_ascii=False))
        elif final:
            self.clear()
            if text:
                self._print(text)
        elif text:
            self._show(text)

    def clear(self) -> None:
        """Take away what is not final."""
        if self._live:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()

    def _print(self, line: str) -> None:
        sys.stdout.buffer.write(line.encode() + b"\n")
        sys.stdout.buffer.flush()

    def _show(self, text: str) -> None:
        if self._live:
            sys.stderr.write(f"{_CLEAR}\x1b[2m{last_columns(text, terminal.remarks().width - 1)}\x1b[0m")
            sys.stderr.flush()


def last_columns(text: str, width: int) -> str:
    """The end of a text that fits into so many columns, with a mark where its beginning is left out."""
    from rich.cells import cell_len

    if cell_len(text) <= width:
        return text
    text = text[-4 * width :]
    while text and cell_len(text) > width - 1:
        text = text[1:]
    return f"…{text}"


def failure(event: Any) -> MynaError:
    """The error that an event tells of."""
    message = event.message or event.title or event.error
    return (InvalidRequest if (event.status_code or 500) < 500 else EngineError)(message)


def _text(event: Any) -> tuple[str, bool]:
    """The words of an event, and whether they are final."""
    if event.type == "transcript":
        return " ".join(event.text.split()), bool(event.is_final)
    if event.type in _OPEN or event.type == "turn.end":
        return " ".join(event.transcript.split()), event.type == "turn.end"
    return "", False
