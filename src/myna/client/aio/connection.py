"""A live connection for speech, for asyncio.

What arrives is sorted in the callback that read it, so no task stands between the socket and the reader.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from myna.client.aio.context import AsyncTTSContext
from myna.client.contexts import (
    Defaults,
    FormatParam,
    VoiceParam,
    cancel_fields,
    message_text,
    outline,
    plain_fields,
)
from myna.client.errors import APITimeoutError
from myna.client.events import Event, event_of, parse_event
from myna.client.switchboard import ENOUGH, Inbox, Switchboard
from myna.speech.errors import ConnectionLost, DeadlineExceeded, ProtocolViolation
from myna.transport.deadlines import Timeouts

if TYPE_CHECKING:
    from myna.transport.protocols import AsyncWebSocket, Message, OnLost, OnMessages
    from myna.wire.cartesia.messages import GenerationRequest

    Open = Callable[[OnMessages, OnLost], Awaitable[AsyncWebSocket]]


class AsyncTTSConnection:
    """A live connection: contexts in, events out.

    Any number of tasks may use it at once, each with contexts of its own.

    Example:
        >>> async with client.tts.websocket_connect() as connection:
        ...     context = connection.context(voice="Ada", model_id="sonic-latest")
        ...     await context.push("Good evening.")
        ...     await context.no_more_inputs()
        ...     audio = [event.audio async for event in context.receive() if event.type == "chunk"]
    """

    _socket: AsyncWebSocket

    def __init__(self, connect: Open, timeouts: Timeouts) -> None:
        self._connect = connect
        self._timeouts = timeouts
        self._board = Switchboard()
        self._board.loose.patient = False
        self._reconnecting = asyncio.Lock()
        self._waiting = 0
        self._closed = False
        self._farewell: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, connect: Open, timeouts: Timeouts) -> Self:
        """Open a connection with `connect`."""
        connection = cls(connect, timeouts)
        connection._socket = await connection._open_socket()
        return connection

    def context(
        self,
        context_id: str | None = None,
        *,
        timeout: float | None = None,
        model_id: str | None = None,
        voice: VoiceParam | None = None,
        output_format: FormatParam | None = None,
        language: str | None = None,
        locale: str | None = None,
        normalization: str | None = None,
        add_timestamps: bool | None = None,
        add_phoneme_timestamps: bool | None = None,
        generation_config: Mapping[str, Any] | None = None,
        max_buffer_delay_ms: int | None = None,
        pronunciation_dict_id: str | None = None,
        use_normalized_timestamps: bool | None = None,
    ) -> AsyncTTSContext:
        """Make a context: texts that are pushed to it are spoken as one text.

        Args:
            context_id: any text that no other live context of this connection has; None for a new one.
            timeout: seconds without an event after which `receive` gives up; None for the client's own.
            model_id: model of messages that do not name one.
            voice: voice of messages that do not name one.
            output_format: raw format of the audio; the first message's counts.
            language: language of the text.
            locale: language or locale of the text; not together with `language`.
            normalization: "auto", "off" or a locale whose rules to read numbers by.
            add_timestamps: have the times of words sent.
            add_phoneme_timestamps: have the times of phonemes sent.
            generation_config: `speed`, `volume` and `emotion`.
            max_buffer_delay_ms: longest time for which text may be held back to speak it well.
            pronunciation_dict_id: dictionary to be used.
            use_normalized_timestamps: words as spoken instead of as written.

        Raises:
            InvalidCall: the id is in use.
        """
        optional: dict[str, object] = {
            "language": language,
            "locale": locale,
            "normalization": normalization,
            "add_timestamps": add_timestamps,
            "add_phoneme_timestamps": add_phoneme_timestamps,
            "generation_config": generation_config,
            "max_buffer_delay_ms": max_buffer_delay_ms,
            "pronunciation_dict_id": pronunciation_dict_id,
            "use_normalized_timestamps": use_normalized_timestamps,
        }
        defaults = Defaults(context_id or str(uuid4()), model_id, voice, output_format, optional)
        inbox = self._board.register(defaults.context_id)
        inbox.patient = timeout is None
        return AsyncTTSContext(self, inbox, defaults, self._timeouts.read if timeout is None else timeout)

    async def send(self, event: object) -> None:
        """Send a message of your own: a mapping or a model; connects again where that is needed.

        Raises:
            UsageError: it may not follow what was sent before.
            ConnectionLost: there is no connection.
        """
        await self.send_fields(plain_fields(event), None)

    async def recv(self, timeout: float | None = None) -> Event:
        """The next event of messages that were sent with `send`, or of contexts that nobody receives.

        Raises:
            ConnectionLost: the connection has ended.
            APITimeoutError: nothing came within `timeout` seconds.
        """
        event = await self._next(self._board.loose, timeout, loose=True)
        assert event is not None
        return event

    async def recv_bytes(self, timeout: float | None = None) -> bytes:
        """Like `recv`, but the message as it came."""
        return (await self.recv(timeout)).raw

    def parse_event(self, data: str | bytes) -> Event:
        """Read a message that came from `recv_bytes`.

        Raises:
            ProtocolViolation: not an event.
        """
        return parse_event(data)

    async def close(self, *, code: int = 1000, reason: str = "") -> None:
        """Close the connection; contexts that are being received end in `ConnectionLost`. Idempotent."""
        self._closed = True
        if self._farewell is not None:
            await asyncio.wait((self._farewell,))
        await self._socket.close(code, reason)
        if self._socket.lost is not None:
            self._board.fail(self._socket.lost)

    async def send_fields(self, fields: Mapping[str, Any], inbox: Inbox | None) -> None:
        """Send a message for the context of `inbox`; None for a message of the caller's own."""
        request = outline(fields)
        await self._ensure_connected()
        if self._board.note_request(request, inbox):
            await self._transmit(fields)

    async def cancel(self, request: GenerationRequest, inbox: Inbox) -> None:
        """Give up a context; whoever receives it is let go at once."""
        useful = self._socket.lost is None and self._board.note_request(request)
        self._board.end(inbox)
        if useful:
            with suppress(ConnectionLost):
                await self._transmit(cancel_fields(request.context_id))

    async def next_event(self, inbox: Inbox, timeout: float | None) -> Event | None:
        """The next event of a context; None after its end.

        Raises:
            ConnectionLost: the connection has ended before the context.
            APITimeoutError: the server owed an event and sent none for `timeout` seconds.
        """
        return await self._next(inbox, timeout, loose=False)

    def drop(self, inbox: Inbox) -> None:
        """Nobody holds this context any more."""
        self._board.drop(inbox)

    async def _next(self, inbox: Inbox, timeout: float | None, *, loose: bool) -> Event | None:
        began = monotonic()
        while True:
            self._board.settle(inbox)
            event = self._take(inbox, loose)
            if event is not None or (inbox.over and not inbox.error):
                return event
            self._raise_error(inbox)
            left = inbox.left(timeout, began)
            if left == 0:
                raise APITimeoutError(message=f"The server sent nothing for {timeout:g} s.")
            await self._wait(inbox, left)

    async def _wait(self, inbox: Inbox, left: float | None) -> None:
        loop = asyncio.get_running_loop()
        arrived: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if not arrived.done():
                arrived.set_result(None)

        inbox.waiters.append(wake)
        alarm = loop.call_later(left, wake) if left is not None else None
        self._waiting += 1
        self._socket.resume()
        try:
            await arrived
        finally:
            self._waiting -= 1
            if alarm is not None:
                alarm.cancel()
            if wake in inbox.waiters:
                inbox.waiters.remove(wake)

    def _take(self, inbox: Inbox, loose: bool) -> Event | None:
        if loose:
            found = self._board.unread()
            if found is None:
                return None
            inbox = found
        if not inbox.events:
            return None
        event = inbox.events.popleft()
        inbox.taken += event.size
        return event

    @staticmethod
    def _raise_error(inbox: Inbox) -> None:
        error = inbox.error
        if error is not None:
            if inbox.context_id is not None:
                inbox.error, inbox.over = None, True
            raise error

    async def _open_socket(self) -> AsyncWebSocket:
        return await self._connect(self._on_messages, self._on_lost)

    def _on_messages(self, messages: Sequence[Message]) -> None:
        events: list[Event] = []
        try:
            for message in messages:
                events.append(parse_event(message) if isinstance(message, bytes) else event_of(message))
        except ProtocolViolation as error:
            self._board.deliver(events)
            self._board.fail(error)
            self._farewell = asyncio.ensure_future(self._socket.close(1002, "not an event"))
            return
        self._board.deliver(events)
        for context_id in self._board.sweep():
            with suppress(ConnectionLost):
                self._socket.post(message_text(cancel_fields(context_id)))
        if self._board.held > ENOUGH and not self._waiting:
            self._socket.pause()

    def _on_lost(self, lost: ConnectionLost) -> None:
        self._board.fail(lost)

    async def _ensure_connected(self) -> None:
        if self._socket.lost is None:
            return
        async with self._reconnecting:
            if self._closed:
                raise ConnectionLost("The connection was closed here; open a new one.")
            if self._socket.lost is not None:
                await self._socket.close()
                self._socket = await self._open_socket()
                self._board.renew()

    async def _transmit(self, fields: Mapping[str, Any]) -> None:
        try:
            await self._socket.send(message_text(fields), self._timeouts.write)
        except DeadlineExceeded as error:
            raise APITimeoutError(message=error.message) from error

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Every event, until the connection is closed in peace."""
        while True:
            try:
                event = await self.recv()
            except ConnectionLost as error:
                if error.code in (1000, 1001):
                    return
                raise
            yield event

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


class AsyncConnecting:
    """A connection that is opened by `async with` or by `enter`, once.

    Example:
        >>> connection = await client.tts.websocket_connect().enter()
        >>> await connection.close()
    """

    def __init__(self, connect: Open, timeouts: Timeouts) -> None:
        self._connect = connect
        self._timeouts = timeouts
        self._connection: AsyncTTSConnection | None = None
        self._lock = asyncio.Lock()

    async def enter(self) -> AsyncTTSConnection:
        """Open the connection, or give the one that is open; close it yourself.

        Raises:
            ConnectionLost: no connection could be made.
            APIStatusError: the server refused it.
        """
        async with self._lock:
            if self._connection is None:
                self._connection = await AsyncTTSConnection.open(self._connect, self._timeouts)
            return self._connection

    def again(self) -> AsyncConnecting:
        """The same, for another connection."""
        return AsyncConnecting(self._connect, self._timeouts)

    async def __aenter__(self) -> AsyncTTSConnection:
        return await self.enter()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._connection is not None:
            await self._connection.close()
