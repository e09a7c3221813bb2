"""Server-sent events, cut out of a stream of bytes."""

from __future__ import annotations


class EventStream:
    r"""Collects bytes and gives the data of each event that is complete.

    Example:
        >>> stream = EventStream()
        >>> stream.feed(b'event: chunk\ndata: {"a"')
        []
        >>> stream.feed(b": 1}\n\n: still here\n\n")
        [b'{"a": 1}']
    """

    def __init__(self) -> None:
        self._line = bytearray()
        self._data: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        """Take in bytes; the data of the events that are complete now, several lines joined."""
        self._line += data
        if b"\n" not in data and b"\r" not in data:
            return []
        waits_for_more = self._line.endswith(b"\r")
        lines = bytes(self._line).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        if waits_for_more:
            lines.pop()
            self._line = bytearray(lines.pop() + b"\r" if lines else b"\r")
        else:
            self._line = bytearray(lines.pop())
        events: list[bytes] = []
        for line in lines:
            self._take(line, events)
        return events

    def _take(self, line: bytes, events: list[bytes]) -> None:
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
        elif not line and self._data:
            events.append(b"\n".join(self._data))
            self._data.clear()
