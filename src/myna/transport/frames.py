"""The client's end of a WebSocket without the socket: bytes in, whole messages out.

The `websockets` library holds the protocol. Whole unfragmented data frames, which is nearly all that a
speaking server sends, are cut out of the stream here before the library sees them: that costs a third.
"""

from __future__ import annotations

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

from myna.speech.errors import ConnectionLost, UsageError
from myna.transport.protocols import HandshakeRefused, Target

_TEXT_OR_BINARY = (0x81, 0x82)
_ABNORMAL = 1006
_MAX_HEAD = 2**16


class Frames:
    """Framing of one connection; feed it what arrives, send what it has to say.

    Attributes:
        shaken: the handshake is done.
        open: and no end is in sight.
    """

    def __init__(self, target: Target) -> None:
        uri = parse_uri(target.url)
        extensions = list(target.extensions)
        if target.compression == "deflate":
            from websockets.extensions.permessage_deflate import enable_client_permessage_deflate

            extensions = list(enable_client_permessage_deflate(extensions))
        elif target.compression is not None:
            raise UsageError(f"The compression is 'deflate' or None, not {target.compression!r}.")
        self.shaken = False
        self.open = False
        self._protocol = ClientProtocol(
            uri,
            extensions=extensions or None,
            subprotocols=list(target.subprotocols) or None,  # type: ignore[arg-type]
            max_size=target.max_size,
        )
        self._limit = target.max_size if target.max_size is not None else 2**63
        self._parts: list[bytes] = []
        self._size = 0
        self._needed = 2
        self._fragments: list[bytes] = []
        self._fast = False
        self._answering = False
        self._refused: HandshakeRefused | None = None
        self._request(target)

    def _request(self, target: Target) -> None:
        request = self._protocol.connect()
        for name, value in target.headers.items():
            request.headers[name] = value
        self._protocol.send_request(request)

    def feed(self, data: bytes) -> list[bytes]:
        """Take in what arrived; the messages that are complete now."""
        if self._size:
            self._parts.append(data)
            self._size += len(data)
            if self._size < self._needed:
                return []
            data = b"".join(self._parts)
            self._parts.clear()
            self._size = 0
        if self._protocol.state is State.CONNECTING:
            data = self._shake_hands(data)
        messages: list[bytes] = []
        rest = self._cut(data, messages)
        if rest:
            self._parts.append(rest)
            self._size = len(rest)
        return messages

    def end_of_stream(self) -> None:
        """Nothing more will arrive."""
        self._protocol.receive_eof()
        self._note_events([])
        self.open = False

    def send(self, data: str | bytes) -> None:
        """Have one message sent: text, or bytes as a binary one.

        Raises:
            ConnectionLost: the connection is ending.
        """
        if not self.open:
            raise self.loss()
        if isinstance(data, str):
            self._protocol.send_text(data.encode())
        else:
            self._protocol.send_binary(data)

    def ping(self, payload: bytes) -> None:
        """Have a ping sent."""
        self._protocol.send_ping(payload)

    def close(self, code: int, reason: str) -> None:
        """Have the closing handshake begun, once."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
        self.open = False

    def outgoing(self) -> bytes:
        """Bytes to be sent now."""
        return b"".join(self._protocol.data_to_send())

    @property
    def failure(self) -> ConnectionLost | None:
        """Why the handshake failed; None while it has not."""
        if self._refused is not None:
            return self._refused
        cause = self._protocol.handshake_exc
        if cause is None:
            return None
        return ConnectionLost(f"The peer does not speak WebSocket ({cause}); check the address.")

    @property
    def over(self) -> bool:
        """Whether nothing more will come: the server said goodbye or broke the protocol."""
        return self._protocol.close_rcvd is not None or self._protocol.parser_exc is not None

    def loss(self, cause: str = "The server ended the connection") -> ConnectionLost:
        """The error that tells why the connection ended."""
        received = self._protocol.close_rcvd
        sent = self._protocol.close_sent
        frame = received or sent
        code = int(frame.code) if frame is not None else _ABNORMAL
        reason = frame.reason if frame is not None else ""
        detail = f" ({code}{': ' + reason if reason else ''})"
        return ConnectionLost(f"{cause}{detail}; connect again.", code=code, reason=reason)

    def _shake_hands(self, data: bytes) -> bytes:
        """Hand the server's answer to the library, and only that; what follows it."""
        head, blank, rest = data.partition(b"\r\n\r\n")
        if not blank and not self._answering and len(data) <= _MAX_HEAD:
            self._needed = len(data) + 1
            return data
        switched = head.startswith(b"HTTP/1.1 101") and not self._answering
        self._answering = True
        self._protocol.receive_data(head + blank if switched else data)
        self._note_events([])
        self.shaken = self.open = self._protocol.state is State.OPEN
        self._fast = self.open and not self._protocol.extensions
        return rest if switched else b""

    def _cut(self, data: bytes, messages: list[bytes]) -> bytes:
        """Move whole messages out of `data`; what is left of it."""
        if self._protocol.state is State.CONNECTING:
            return data
        at, end = 0, len(data)
        while end - at >= 2:
            size = data[at + 1] & 0x7F
            start = at + 2
            if size > 125:
                width = 2 if size == 126 else 8
                start += width
                if end < start:
                    self._needed = start - at
                    return data[at:]
                size = int.from_bytes(data[at + 2 : start], "big")
            stop = start + size
            if size > self._limit or data[at + 1] > 127:
                self._slow(data[at:], messages)
                return b""
            if stop > end:
                self._needed = stop - at
                return data[at:] if at else data
            if self._fast and data[at] in _TEXT_OR_BINARY:
                messages.append(data[start:stop])
            else:
                self._slow(data[at:stop], messages)
            at = stop
        self._needed = 2
        return data[at:]

    def _slow(self, data: bytes, messages: list[bytes]) -> None:
        self._protocol.receive_data(data)
        self._note_events(messages)

    def _note_events(self, messages: list[bytes]) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._collect(event, messages)
            elif isinstance(event, Response) and event.status_code != 101:
                self._refused = HandshakeRefused(
                    event.status_code, list(event.headers.raw_items()), bytes(event.body or b"")
                )
        if self._protocol.state is not State.OPEN:
            self.open = False

    def _collect(self, frame: Frame, messages: list[bytes]) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        self._fragments.append(bytes(frame.data))
        if frame.fin:
            messages.append(b"".join(self._fragments))
            self._fragments.clear()
        self._fast = frame.fin and not self._protocol.extensions
