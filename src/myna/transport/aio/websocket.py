"""A WebSocket for asyncio: what arrives is handed over in the very callback that read it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic
from urllib.parse import urlsplit

from myna.speech.errors import ConnectionLost, DeadlineExceeded
from myna.transport.deadlines import Deadline
from myna.transport.frames import Frames
from myna.transport.protocols import Message, OnLost, OnMessages, Target
from myna.transport.proxies import proxy_for, tunnel
from myna.transport.tcp import no_connection, prepare, tls_settings, too_late

_WRITE_LIMIT = 2**18


async def connect(target: Target, on_messages: OnMessages, on_lost: OnLost) -> StreamWebSocket:
    """Open a WebSocket over TCP, with TLS for wss.

    Raises:
        HandshakeRefused: the server answered with another HTTP status than 101.
        ConnectionLost: no connection could be made.
        DeadlineExceeded: not within `open_timeout`.
    """
    websocket = StreamWebSocket(target, on_messages, on_lost)
    try:
        async with asyncio.timeout(target.open_timeout):
            await _connect(target, websocket)
            await websocket.opened
    except TimeoutError as error:
        websocket.abort()
        raise too_late(target) from error
    except OSError as error:
        websocket.abort()
        raise no_connection(target, error) from error
    except BaseException:
        websocket.abort()
        raise
    return websocket


async def _connect(target: Target, websocket: StreamWebSocket) -> None:
    parts = urlsplit(target.url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "wss" else 80)
    settings = tls_settings(target) if parts.scheme == "wss" else None
    loop = asyncio.get_running_loop()
    proxy = proxy_for(target.url)
    if proxy is None:
        await loop.create_connection(lambda: websocket, host, port, ssl=settings)
        return
    sock = await asyncio.to_thread(tunnel, proxy, host, port, Deadline(target.open_timeout))
    sock.setblocking(False)
    try:
        await loop.create_connection(
            lambda: websocket, sock=sock, ssl=settings, server_hostname=host if settings else None
        )
    except BaseException:
        sock.close()
        raise


class StreamWebSocket(asyncio.Protocol):
    """A WebSocket over a transport of asyncio.

    Attributes:
        opened: done when the handshake is.
    """

    def __init__(self, target: Target, on_messages: OnMessages, on_lost: OnLost) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._target = target
        self._frames = Frames(target)
        self._on_messages = on_messages
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._lost: ConnectionLost | None = None
        self._ended: asyncio.Future[None] = loop.create_future()
        self._writable: asyncio.Future[None] | None = None
        self._paused = False
        self._closing = False
        self._heard = monotonic()
        self._pinged: float | None = None
        self._tending: asyncio.TimerHandle | None = None

    @property
    def lost(self) -> ConnectionLost | None:
        """Why the connection ended; None while it is open."""
        return self._lost

    async def send(self, data: str | bytes, timeout: float | None) -> None:
        """Send one message: text, or bytes as a binary one.

        Raises:
            ConnectionLost: the connection ended.
            DeadlineExceeded: the server took nothing in for `timeout` seconds.
        """
        if self._writable is not None:
            await self._drain(timeout)
        self.post(data)
        if self._writable is not None:
            await self._drain(timeout)

    def post(self, data: str | bytes) -> None:
        """Have one message sent without waiting for it.

        Raises:
            ConnectionLost: the connection ended.
        """
        self._check_open()
        self._frames.send(data)
        self._write()

    def pause(self) -> None:
        """Take nothing in until `resume`; the server has to wait."""
        if not self._paused and self._transport is not None and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Take messages in again."""
        if self._paused and self._transport is not None and not self._transport.is_closing():
            self._paused = False
            self._heard = monotonic()
            self._transport.resume_reading()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye within `close_timeout` and free everything; idempotent."""
        self._closing = True
        if self._lost is None:
            self._on_messages = _ignore
            self.resume()
            self._frames.close(code, reason)
            self._write()
            await asyncio.wait((self._ended,), timeout=self._target.close_timeout)
            self._end("The server did not say goodbye")
        self.abort()
        await asyncio.wait((self._ended,), timeout=self._target.close_timeout)

    def abort(self) -> None:
        """Free everything without a goodbye; never waits."""
        if self._tending is not None:
            self._tending.cancel()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the handshake."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(_WRITE_LIMIT)
        prepare(transport.get_extra_info("socket"))
        self._write()

    def data_received(self, data: bytes) -> None:
        """Hand over the messages that are complete."""
        self._heard = monotonic()
        messages = self._frames.feed(data)
        self._write()
        if not self.opened.done():
            self._note_handshake()
        if messages:
            self._on_messages(messages)
        if self._frames.over and self._transport is not None:
            self._end("The server ended the connection")
            self._transport.close()

    def eof_received(self) -> None:
        """The server has ended the stream."""
        self._frames.end_of_stream()

    def connection_lost(self, exc: Exception | None) -> None:
        """The stream is gone."""
        self._frames.end_of_stream()
        if not self.opened.done():
            self.opened.set_exception(self._frames.failure or self._frames.loss())
        self._end(f"The connection broke ({exc})" if exc else "The server ended the connection")
        if not self._ended.done():
            self._ended.set_result(None)

    def pause_writing(self) -> None:
        """Senders have to wait."""
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        """Senders may go on."""
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    def _note_handshake(self) -> None:
        failure = self._frames.failure
        if failure is not None:
            self.opened.set_exception(failure)
        elif self._frames.shaken:
            self.opened.set_result(None)
            self._tend()

    def _tend(self) -> None:
        """Ask a silent server for a sign of life; give up one that gave none."""
        interval, patience = self._target.ping_interval, self._target.ping_timeout
        if interval is None or self._lost is not None:
            return
        now = monotonic()
        if self._paused:
            self._pinged = None
        elif self._pinged is not None and self._pinged > self._heard:
            if patience is not None and now - self._pinged >= patience:
                self._end("The server gave no sign of life")
                self.abort()
                return
        elif now - self._heard >= interval:
            self._pinged = now
            self._frames.ping(b"myna")
            self._write()
        self._tending = self._loop.call_later(min(interval, patience or interval) / 2, self._tend)

    async def _drain(self, timeout: float | None) -> None:
        waiting = self._writable
        if waiting is None:
            return
        done, _ = await asyncio.wait((waiting,), timeout=timeout)
        if not done:
            raise DeadlineExceeded("The server took nothing in within the time allowed; connect again.")
        self._check_open()

    def _write(self) -> None:
        data = self._frames.outgoing()
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _end(self, cause: str) -> None:
        """Note why, wake senders and tell the owner, once."""
        if self._lost is not None:
            return
        self._lost = self._frames.loss("The connection was closed here" if self._closing else cause)
        if self._tending is not None:
            self._tending.cancel()
        self.resume_writing()
        if self.opened.done() and self.opened.exception() is None:
            self._on_lost(self._lost)

    def _check_open(self) -> None:
        if self._lost is not None:
            raise ConnectionLost(self._lost.message, code=self._lost.code, reason=self._lost.reason)


def _ignore(messages: Sequence[Message]) -> None:
    """Nobody is interested any more."""
