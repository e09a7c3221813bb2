"""What runs on the sockets: uvicorn's protocols with bounds on clients that are too slow or send too much."""

from __future__ import annotations

import asyncio
import select
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from myna.server.settings import Limits

LINGER_SECONDS = 1.0
"""Time for which what a dropped client still sends is read, so that it can read why."""

UNWANTED_SECONDS = 10.0
"""The same for a body that was answered before it was complete: most clients read only after they sent it."""

ABORT = "myna.abort"
"""Key of the scope: a function that drops the connection with all that the client did not take."""

GONE = "myna.gone"
"""Key of the scope: a function that tells whether the client has gone, even where it is not read."""

_LEFT = getattr(select, "POLLRDHUP", 0)


def guarded(limits: Limits) -> type[HttpToolsProtocol]:
    """A protocol class that drops clients whose headers are too large (431) or too slow (408)."""
    return type("BoundGuardedHttp", (GuardedHttp,), {"limits": limits})


class GuardedHttp(HttpToolsProtocol):
    """Counts and times the headers of each request; everything else is uvicorn's."""

    limits: ClassVar[Limits]

    _head_bytes = 0
    _unread = 0
    _in_head = True
    _dropped = False
    _late: asyncio.TimerHandle | None = None
    _unwanted: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the clock of the first request."""
        super().connection_made(transport)
        self._late = self.loop.call_later(self.limits.header_seconds, self._drop_late)

    def data_received(self, data: bytes) -> None:
        """Count what comes before the end of the headers."""
        if self._dropped:
            return
        if self._in_head:
            self._unread += len(data)
        super().data_received(data)
        if self._in_head and self._unread > self.limits.headers:
            self._drop_large()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)[ABORT] = self.transport.abort
        self._in_head = True
        self._head_bytes = 0
        self._unread = self._unread or 1
        if self._late is None:
            self._late = self.loop.call_later(self.limits.header_seconds, self._drop_late)

    def on_url(self, url: bytes) -> None:
        """A piece of the URL."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The headers are in."""
        self._in_head = False
        self._unread = 0
        self._stop_clock()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is in."""
        self._stop_clock()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Let a client that still sends go on for a while only: nobody reads that."""
        unread = self.cycle.more_body
        super().on_response_complete()
        if unread and not self.transport.is_closing():
            self._unwanted = self.loop.call_later(UNWANTED_SECONDS, self.transport.close)

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read, unless a better answer was given."""
        if not self._dropped:
            self._drop(b"400 Bad Request", msg.encode())

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def _stop_clock(self) -> None:
        for clock in (self._late, self._unwanted):
            if clock is not None:
                clock.cancel()
        self._late = self._unwanted = None

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > self.limits.headers:
            self._drop_large()
            raise ValueError("the headers are too large")

    def _drop_large(self) -> None:
        self._drop(b"431 Request Header Fields Too Large", b"The headers are too large.")

    def _drop_late(self) -> None:
        self._late = None
        if not self._unread:
            self.transport.close()
            return
        self._drop(b"408 Request Timeout", b"The request did not come in time.")

    def _drop(self, status: bytes, text: bytes) -> None:
        if self._dropped or self.transport.is_closing():
            return
        self._dropped = True
        self.transport.write(
            b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (status, len(text), text)
        )
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


def guarded_socket(limits: Limits) -> type[WebSocketsSansIOProtocol]:
    """A protocol class with the limits of each socket."""
    return type("BoundGuardedWebSocket", (GuardedWebSocket,), {"limits": limits})


class GuardedWebSocket(WebSocketsSansIOProtocol):
    """Lets the application drop a client that takes nothing; everything else is uvicorn's."""

    limits: ClassVar[Limits]

    def handle_connect(self, event: Request) -> None:
        """The handshake."""
        if event.path.startswith(("/stt/", "/voice-changer/")):
            self.conn.max_message_size = self.limits.audio_frame
        super().handle_connect(event)
        if hasattr(self, "scope"):
            scope = cast("dict[str, Any]", self.scope)
            scope[ABORT] = self.transport.abort
            scope[GONE] = self._gone

    def _gone(self) -> bool:
        if self.disconnected or self.transport.is_closing():
            return True
        sock = self.transport.get_extra_info("socket")
        if not _LEFT or sock is None or sock.fileno() < 0:
            return False
        poll = select.poll()
        poll.register(sock.fileno(), _LEFT)
        return bool(poll.poll(0))
