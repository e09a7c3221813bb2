"""A live connection that listens, for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from inspect import isawaitable
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from myna.client.aio.live import AsyncLiveConnection, weakly
from myna.client.arrivals import pieces
from myna.client.ear import Ear
from myna.client.errors import InvalidCall
from myna.client.handlers import Handlers, Handling
from myna.client.heard import STTEvent, event_of_message, parse_heard
from myna.client.reconnecting import MAX_QUEUE_BYTES, Reconnecting, SendQueue
from myna.client.settings import Headers, Query
from myna.speech.errors import ConnectionLost, DeadlineExceeded, MynaError
from myna.transport.deadlines import Timeouts

if TYPE_CHECKING:
    from myna.transport.protocols import AsyncWebSocket, Message, OnLost, OnMessages

    Open = Callable[[Query, Headers], Callable[[OnMessages, OnLost], Awaitable[AsyncWebSocket]]]

C = TypeVar("C", bound="AsyncSTTConnection")


class AsyncSTTConnection(AsyncLiveConnection[STTEvent], Handling):
    """A live connection that listens: audio in, events out.

    Any number of tasks may use it at once, usually one that sends and one that receives.

    Example:
        >>> async with client.stt.manual_finalize.websocket(
        ...     model="ink-whisper", encoding="pcm_s16le", sample_rate=16000
        ... ) as connection:
        ...     await connection.send_raw(recording)
        ...     await connection.send("close")
        ...     text = "".join([event.text async for event in connection if event.get("is_final")])
    """

    def __init__(
        self, connect: Open, timeouts: Timeouts, reconnecting: Reconnecting, *, turns: bool = False
    ) -> None:
        self._ear = Ear(turns=turns)
        super().__init__(self._ear, timeouts)
        self._connect = connect
        self._again = reconnecting
        self._handlers = Handlers()
        self._renewing = asyncio.Lock()

    @classmethod
    async def open(
        cls, connect: Open, timeouts: Timeouts, reconnecting: Reconnecting, *, turns: bool = False
    ) -> Self:
        """Open a connection with `connect`."""
        connection = cls(connect, timeouts, reconnecting, turns=turns)
        await connection._open_socket()
        return connection

    @property
    def ended(self) -> bool:
        """Whether all was heard that had to be, and nothing more comes."""
        lost = self._socket.lost
        return self._ear.ended or (lost is not None and self._ear.ends_well(lost))

    async def send_raw(self, data: bytes | bytearray | memoryview | str) -> None:
        """Send audio as it is, cut anywhere, or the text of a command; waits for a server that is slow.

        Raises:
            UsageError: the audio was said to be complete.
            ConnectionLost: there is no connection.
            APITimeoutError: the server took nothing in within the time allowed.
        """
        if isinstance(data, str):
            await self.send(data)
            return
        if not isinstance(data, bytes | bytearray | memoryview):
            raise InvalidCall(f"Audio is bytes, not {type(data).__name__}; encode it as the connection says.")
        for piece in pieces(data):
            async with self._sending:
                self._ear.check_open()
                await self._ensure_connected(piece)
                self._ear.feed(piece)
                await self._transmit(piece)

    async def send(self, event: object) -> None:
        """Send a command: "finalize" or "close", or a mapping or model with `type` "close" or "config".

        Raises:
            UsageError: it cannot follow what was sent before.
            ConnectionLost: there is no connection.
            APITimeoutError: the server took nothing in within the time allowed.
        """
        async with self._sending:
            self._ear.check_open()
            await self._ensure_connected(event)
            await self._transmit(self._ear.command(event))
        self._ear.wake()

    async def recv(self, timeout: float | None = None) -> STTEvent:
        """The next event; waits as long as the server owes nothing.

        Args:
            timeout: most seconds to wait; None for the client's own, from a `finalize` or `close` on.

        Raises:
            ConnectionLost: the connection has ended.
            APITimeoutError: nothing came in time.
        """
        event = await self._next(timeout)
        assert event is not None
        return event

    async def recv_bytes(self, timeout: float | None = None) -> bytes:
        """Like `recv`, but the message as it came."""
        return (await self.recv(timeout)).raw

    def parse_event(self, data: str | bytes) -> STTEvent:
        """Read a message that came from `recv_bytes`.

        Raises:
            ProtocolViolation: not an event.
        """
        return parse_heard(data)

    async def dispatch_events(self) -> None:
        """Call the handlers with every event, until the connection is closed in peace.

        Raises:
            CartesiaError: an error came that nobody handles.
            ConnectionLost: the connection has ended otherwise.
            APITimeoutError: the server owed an answer and sent nothing.
        """
        async for event in self:
            for handler in self._handlers.take(event):
                result = handler(event)
                if isawaitable(result):
                    await result

    def _parse(self, message: Message) -> STTEvent:
        return event_of_message(message)

    async def _open_socket(self) -> None:
        connect = self._connect(self._again.query, self._again.headers)
        on_messages, on_lost = weakly(self)
        self._loop = asyncio.get_running_loop()
        self._socket = await connect(on_messages, on_lost)

    async def _ensure_connected(self, message: object) -> None:
        lost = self._socket.lost
        if lost is None:
            return
        if self._closed.is_set():
            lost = ConnectionLost("The connection was closed here; open a new one.", code=lost.code)
            raise self._ear.unsent(lost, message)
        if not await self._reconnect(lost):
            raise self._ear.unsent(lost, message)

    async def _reconnect(self, error: ConnectionLost) -> bool:
        """Connect again after a loss, if the caller wants that."""
        async with self._renewing:
            if self._socket.lost is None:
                return not self._closed.is_set()
            if self._closed.is_set() or self._ear.ends_well(error) or not self._again.worth(error):
                return False
            while (delay := self._again.delay(error, self._ear)) is not None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closed.wait(), delay)
                if self._closed.is_set():
                    return False
                try:
                    await self._renew()
                except MynaError as failure:
                    if not failure.retryable:
                        raise
                else:
                    return not self._closed.is_set()
            return False

    async def _renew(self) -> None:
        """Go on over another WebSocket."""
        await self._open_socket()
        asked = self._ear.renew(self._socket.lost)
        if self._closed.is_set():
            self._socket.abort()
            return
        for message in asked:
            await self._transmit(message)

    async def __aiter__(self) -> AsyncIterator[STTEvent]:
        """Every event, until the connection is closed in peace."""
        while True:
            try:
                event = await self.recv()
            except ConnectionLost as error:
                if not isinstance(error, DeadlineExceeded):
                    if await self._reconnect(error):
                        continue
                    if self._ear.ends_well(error):
                        return
                raise
            yield event


class AsyncManualFinalizeConnection(AsyncSTTConnection):
    """A live connection whose texts become final when that is asked for.

    Example:
        >>> connecting = client.stt.manual_finalize.websocket(
        ...     model="ink-whisper", encoding="pcm_s16le", sample_rate=16000
        ... )
        >>> async with connecting as connection:
        ...     await connection.send_raw(recording)
        ...     await connection.finalize()
        ...     while (event := await connection.recv()).type != "flush_done":
        ...         print(event.text)
    """

    async def finalize(self) -> None:
        """Have all audio so far made final; `flush_done` comes after its texts.

        Raises:
            UsageError: the audio was said to be complete.
            ConnectionLost: there is no connection.
        """
        await self.send("finalize")


class AsyncAutoFinalizeConnection(AsyncSTTConnection):
    """A live connection that tells when turns begin and end.

    Example:
        >>> connecting = client.stt.auto_finalize.websocket(
        ...     model="ink-2", encoding="pcm_s16le", sample_rate=16000
        ... )
        >>> async with connecting as connection:
        ...     await connection.configure(end_threshold=0.1)
        ...     await connection.send_raw(recording)
        ...     await connection.send({"type": "close"})
        ...     turns = [event.transcript async for event in connection if event.type == "turn.end"]
    """

    async def configure(
        self,
        *,
        start_threshold: float | None = None,
        eager_end_threshold: float | None = None,
        end_threshold: float | None = None,
        end_timeout_ms: float | None = None,
    ) -> None:
        """Change when turns begin and end, from here on; what is not given stays.

        Args:
            start_threshold: probability of speech above which a turn begins, 0.5 to 0.9.
            eager_end_threshold: below it the turn may be over, 0.3 to 0.6.
            end_threshold: below it the turn is over, 0.05 to 0.5.
            end_timeout_ms: silence after which it is over in any case, 640 to 11200.

        Raises:
            ConnectionLost: there is no connection.
        """
        turn = {
            "start_threshold": start_threshold,
            "eager_end_threshold": eager_end_threshold,
            "end_threshold": end_threshold,
            "end_timeout_ms": end_timeout_ms,
        }
        given = {name: value for name, value in turn.items() if value is not None}
        await self.send({"type": "config", "turn": given})


class AsyncSTTConnecting(Handling, Generic[C]):
    """A connection that is opened by `async with` or by `enter`, once.

    Example:
        >>> connection = await client.stt.auto_finalize.websocket(
        ...     model="ink-2", encoding="pcm_s16le", sample_rate=16000
        ... ).enter()
        >>> await connection.close()
    """

    def __init__(self, open: Callable[[], Awaitable[C]], *, max_queue_size: int = MAX_QUEUE_BYTES) -> None:
        self._open = open
        self._queue = SendQueue(max_queue_size)
        self._handlers = Handlers()
        self._connection: C | None = None
        self._lock = asyncio.Lock()

    def send(self, event: object) -> None:
        """Keep a command, to be sent as soon as the connection is open.

        Raises:
            WebSocketQueueFullError: too much waits already.
        """
        self._queue.put(event)

    async def enter(self) -> C:
        """Open the connection, or give the one that is open; close it yourself.

        Raises:
            ConnectionLost: no connection could be made.
            APIStatusError: the server refused it.
        """
        async with self._lock:
            if self._connection is None:
                self._connection = await self._open()
                self._connection._handlers = self._handlers
                for event in self._queue.take():
                    await self._connection.send(event)
            return self._connection

    async def __aenter__(self) -> C:
        return await self.enter()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._connection is not None:
            await self._connection.close()
