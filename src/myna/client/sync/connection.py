"""A live connection for speech, for threads.

Whichever thread waits for an event reads the socket for all: no thread of its own stands between the
socket and the reader. A connection that nobody reads is looked after by the process's keeper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from threading import Condition, Lock
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

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
from myna.client.sync.context import TTSContext
from myna.client.sync.keeper import keeper
from myna.speech.errors import ConnectionLost, DeadlineExceeded, MynaError, ProtocolViolation
from myna.transport.deadlines import Timeouts

if TYPE_CHECKING:
    from myna.transport.protocols import WebSocket
    from myna.wire.cartesia.messages import GenerationRequest

_TURN = 0.1
"""Seconds after which a thread that reads the socket looks whether its context was cancelled meanwhile."""
_IDLE = 5.0
"""Seconds without a reader after which the keeper reads."""


class TTSConnection:
    """A live connection: contexts in, events out.

    Any number of threads may use it at once, each with contexts of its own.

    Example:
        >>> with client.tts.websocket_connect() as connection:
        ...     context = connection.context(voice="Ada", model_id="sonic-latest")
        ...     context.push("Good evening.")
        ...     context.no_more_inputs()
        ...     audio = b"".join(event.audio for event in context.receive() if event.type == "chunk")
    """

    def __init__(self, connect: Callable[[], WebSocket], timeouts: Timeouts) -> None:
        self._connect = connect
        self._timeouts = timeouts
        self._board = Switchboard()
        self._lock = Condition()
        self._sending = Lock()
        self._pumping = False
        self._closed = False
        self._pumped = monotonic()
        self._board.loose.patient = False
        self._socket = connect()
        keeper.add(self)

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
    ) -> TTSContext:
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
        with self._lock:
            inbox = self._board.register(defaults.context_id)
        inbox.patient = timeout is None
        return TTSContext(self, inbox, defaults, self._timeouts.read if timeout is None else timeout)

    def send(self, event: object) -> None:
        """Send a message of your own: a mapping or a model; connects again where that is needed.

        Raises:
            UsageError: it may not follow what was sent before.
            ConnectionLost: there is no connection.
        """
        self.send_fields(plain_fields(event), None)

    def recv(self, timeout: float | None = None) -> Event:
        """The next event of messages that were sent with `send`, or of contexts that nobody receives.

        Raises:
            ConnectionLost: the connection has ended.
            APITimeoutError: nothing came within `timeout` seconds.
        """
        event = self._next(self._board.loose, timeout, loose=True)
        assert event is not None
        return event

    def recv_bytes(self, timeout: float | None = None) -> bytes:
        """Like `recv`, but the message as it came."""
        return self.recv(timeout).raw

    def parse_event(self, data: str | bytes) -> Event:
        """Read a message that came from `recv_bytes`.

        Raises:
            ProtocolViolation: not an event.
        """
        return parse_event(data)

    def close(self, *, code: int = 1000, reason: str = "") -> None:
        """Close the connection; contexts that are being received end in `ConnectionLost`. Idempotent."""
        with self._lock:
            self._closed = True
        keeper.remove(self)
        self._socket.close(code, reason)
        lost = self._socket.lost
        with self._lock:
            if lost is not None:
                self._board.fail(lost)
            self._lock.notify_all()

    def send_fields(self, fields: Mapping[str, Any], inbox: Inbox | None) -> None:
        """Send a message for the context of `inbox`; None for a message of the caller's own."""
        request = outline(fields)
        with self._sending:
            self._ensure_connected()
            with self._lock:
                useful = self._board.note_request(request, inbox)
            if useful:
                self._transmit(fields, self._timeouts.write)

    def cancel(self, request: GenerationRequest, inbox: Inbox) -> None:
        """Give up a context; whoever receives it is let go at once."""
        with self._lock:
            useful = self._socket.lost is None and self._board.note_request(request)
            self._board.end(inbox)
            self._lock.notify_all()
        if useful:
            with suppress(ConnectionLost), self._sending:
                self._transmit(cancel_fields(request.context_id), self._timeouts.write)

    def next_event(self, inbox: Inbox, timeout: float | None) -> Event | None:
        """The next event of a context; None after its end.

        Raises:
            ConnectionLost: the connection has ended before the context.
            APITimeoutError: the server owed an event and sent none for `timeout` seconds.
        """
        return self._next(inbox, timeout, loose=False)

    def tend(self) -> None:
        """Take in what has come for a connection that nobody reads, so that pings are answered."""
        if monotonic() - self._pumped >= _IDLE and self._board.held < ENOUGH and self._begin_pump():
            self._pump(0)
        if self._socket.lost is None and monotonic() - self._pumped < 2 * _IDLE:
            self._socket.tend()

    def drop(self, inbox: Inbox) -> None:
        """Nobody holds this context any more."""
        self._board.drop(inbox)

    def _next(self, inbox: Inbox, timeout: float | None, *, loose: bool) -> Event | None:
        began = monotonic()
        while True:
            with self._lock:
                self._board.settle(inbox)
                event = self._take(inbox, loose)
                if event is not None or (inbox.over and not inbox.error):
                    return event
                self._raise_error(inbox)
                left = inbox.left(timeout, began)
                if left == 0:
                    raise APITimeoutError(message=f"The server sent nothing for {timeout:g} s.")
                if self._pumping:
                    self._lock.wait(left)
                    continue
                self._pumping = True
            self._pump(_TURN if left is None else min(left, _TURN))

    def _take(self, inbox: Inbox, loose: bool) -> Event | None:
        if loose:
            found = self._board.unread()
            if found is None:
                return None
            inbox = found
        try:
            event = inbox.events.popleft()
        except IndexError:
            return None
        inbox.taken += event.size
        return event

    @staticmethod
    def _raise_error(inbox: Inbox) -> None:
        error = inbox.error
        if error is not None:
            if inbox.context_id is not None:
                inbox.error, inbox.over = None, True
            raise error

    def _begin_pump(self) -> bool:
        with self._lock:
            begun, self._pumping = not self._pumping, True
        return begun

    def _pump(self, timeout: float | None) -> None:
        """Read the socket once, for everybody; only whoever set `_pumping` may call this."""
        socket = self._socket
        events: list[Event] = []
        failure: MynaError | None = None
        try:
            for message in socket.receive(timeout):
                events.append(parse_event(message) if isinstance(message, bytes) else event_of(message))
        except (ConnectionLost, ProtocolViolation) as error:
            failure = error
        finally:
            self._pumped = monotonic()
            with self._lock:
                self._pumping = False
                self._board.deliver(events)
                dropped = self._board.sweep()
                if failure is not None and socket is self._socket:
                    self._board.fail(failure)
                self._lock.notify_all()
        self._stop(dropped)
        if isinstance(failure, ProtocolViolation):
            socket.close(1002, "not an event")

    def _ensure_connected(self) -> None:
        if (self._socket.lost is not None or self._board.held < ENOUGH) and self._begin_pump():
            self._pump(0)
        lost = self._socket.lost
        if lost is None:
            return
        if self._closed:
            raise ConnectionLost("The connection was closed here; open a new one.")
        self._socket.close()
        with self._lock:
            self._board.fail(lost)
        renewed = self._connect()
        with self._lock:
            self._socket = renewed
            self._board.renew()

    def _stop(self, context_ids: list[str]) -> None:
        """Have the server stop contexts that nobody holds any more; never waits."""
        for context_id in context_ids:
            with suppress(ConnectionLost, DeadlineExceeded):
                self._socket.send(message_text(cancel_fields(context_id)), 0.0)

    def _transmit(self, fields: Mapping[str, Any], timeout: float | None) -> None:
        try:
            self._socket.send(message_text(fields), timeout)
        except DeadlineExceeded as error:
            raise APITimeoutError(message=error.message) from error

    def __iter__(self) -> Iterator[Event]:
        """Every event, until the connection is closed in peace."""
        while True:
            try:
                event = self.recv()
            except ConnectionLost as error:
                if error.code in (1000, 1001):
                    return
                raise
            yield event

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class Connecting:
    """A connection that is opened by `with` or by `enter`, once.

    Example:
        >>> connection = client.tts.websocket_connect().enter()
        >>> connection.close()
    """

    def __init__(self, connect: Callable[[], WebSocket], timeouts: Timeouts) -> None:
        self._connect = connect
        self._timeouts = timeouts
        self._connection: TTSConnection | None = None
        self._lock = Lock()

    def enter(self) -> TTSConnection:
        """Open the connection, or give the one that is open; close it yourself.

        Raises:
            ConnectionLost: no connection could be made.
            APIStatusError: the server refused it.
        """
        with self._lock:
            if self._connection is None:
                self._connection = TTSConnection(self._connect, self._timeouts)
            return self._connection

    def again(self) -> Connecting:
        """The same, for another connection."""
        return Connecting(self._connect, self._timeouts)

    def __enter__(self) -> TTSConnection:
        return self.enter()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._connection is not None:
            self._connection.close()
