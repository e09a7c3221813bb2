"""A live connection that changes a voice, for threads."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator
from threading import Lock, Thread, current_thread
from typing import TYPE_CHECKING, Self

from myna.client.changed import Throat, event_of_message, messages
from myna.client.errors import InvalidCall
from myna.client.events import Event
from myna.client.sync.live import LiveConnection
from myna.speech.errors import ConnectionLost
from myna.transport.deadlines import Timeouts

if TYPE_CHECKING:
    from myna.transport.protocols import Message, WebSocket

_FAREWELL = 0.2
"""Seconds that a source has for its end; one that waits for its own audio ends later."""
_TURN = 0.1
"""Seconds after which a source looks again whether its audio is wanted."""


class VoiceStream(LiveConnection[Event]):
    """Audio in, the same in another voice out: as long, and soon after.

    It is opened by `with`, by iterating, or by the first `send`. Where it was made with audio, that is
    sent by a thread of its own, no faster than the changed audio is taken, and iterating is all there is
    to do; breaking off frees everything. Else one of the threads sends and another one receives.

    Example:
        >>> stream = client.voice_changer.stream(voice_id="Ada", encoding="pcm_s16le", sample_rate=16000)
        >>> with stream:
        ...     stream.send(recording)
        ...     stream.finish()
        ...     changed = b"".join(stream)
        >>> len(changed) == len(recording)
        True
    """

    def __init__(
        self,
        connect: Callable[[], WebSocket],
        timeouts: Timeouts,
        throat: Throat,
        audio: Iterable[bytes] | None = None,
    ) -> None:
        super().__init__(throat, timeouts)
        self._connect = connect
        self._throat = throat
        self._audio = audio
        self._opening = Lock()
        self._opened = False
        self._pouring: Thread | None = None

    @property
    def ended(self) -> bool:
        """Whether all changed audio has come."""
        return self._throat.ended

    def send(self, audio: bytes | bytearray | memoryview) -> None:
        """Send audio, cut anywhere; waits for a server that is slow. Without a byte it is a sign of life.

        Raises:
            UsageError: the audio was said to be complete.
            APIStatusError: the server refused, or has failed.
            ConnectionLost: there is no connection.
            APITimeoutError: the server took nothing in within the time allowed.
        """
        if not isinstance(audio, bytes | bytearray | memoryview):
            raise InvalidCall(f"Audio is bytes, not {type(audio).__name__}; encode it as the stream says.")
        self._open()
        for piece in messages(audio):
            with self._sending:
                self._throat.check_open()
                self._look()
                with self._lock:
                    self._throat.feed(piece)
                self._transmit(piece)

    def finish(self) -> None:
        """No more audio comes; what is left of the changed audio follows. Idempotent.

        Raises:
            APIStatusError: the server refused, or has failed.
            ConnectionLost: there is no connection.
            APITimeoutError: the server took nothing in within the time allowed.
        """
        self._open()
        with self._sending:
            if not self._throat.finished:
                with self._lock:
                    command = self._throat.finish()
                self._transmit(command)

    def recv(self, timeout: float | None = None) -> bytes:
        """The next changed audio, whole samples; empty after the last. Waits as long as nothing is owed.

        Args:
            timeout: most seconds to wait; None for the client's own, from `finish` on or where more than two
                seconds of audio went in and nothing came out.

        Raises:
            APIStatusError: the server refused, or has failed.
            ConnectionLost: the connection has ended before the audio.
            APITimeoutError: nothing came in time.
        """
        self._open()
        event = self._next(timeout)
        return b"" if event is None else event.audio

    def close(self, *, code: int = 1000, reason: str = "") -> None:
        """Close the connection at once; whoever receives ends in `ConnectionLost`. Idempotent.

        To have all that was sent changed first, call `finish` and receive to the end.
        """
        with self._opening:
            self._closed.set()
            if not self._opened:
                return
        super().close(code=code, reason=reason)
        if self._pouring is not None and self._pouring is not current_thread():
            self._pouring.join(_FAREWELL)

    def _parse(self, message: Message) -> Event:
        return event_of_message(message)

    def _open(self) -> None:
        with self._opening:
            if self._opened:
                return
            if self._closed.is_set():
                raise ConnectionLost("The stream was closed here; open a new one.")
            self._begin(self._connect())
            self._opened = True
            if self._audio is not None:
                arguments = (iter(self._audio), weakref.ref(self))
                self._pouring = Thread(target=_pour, args=arguments, name="myna-voice-stream", daemon=True)
                self._pouring.start()

    def _await_reader(self) -> bool:
        """Whether more is wanted; waits a moment where enough was sent."""
        with self._lock:
            if self._throat.ahead and self._throat.error is None and not self._closed.is_set():
                self._lock.wait(_TURN)
            return not self._throat.ahead or self._throat.error is not None

    def __iter__(self) -> Iterator[bytes]:
        """The changed audio, piece by piece, to its end."""
        try:
            while audio := self.recv():
                yield audio
        finally:
            if self._audio is not None:
                self.close()

    def __enter__(self) -> Self:
        self._open()
        return self


def _pour(audio: Iterator[bytes], held: weakref.ref[VoiceStream]) -> None:
    """Send all of `audio`, as long as somebody holds the stream."""
    try:
        for piece in audio:
            sent = False
            while not sent:
                stream = held()
                if stream is None or stream._closed.is_set():
                    return
                if sent := stream._await_reader():
                    stream.send(piece)
                del stream
        if (stream := held()) is not None:
            stream.finish()
    except Exception as error:
        if (stream := held()) is not None:
            stream._fail(error)
    finally:
        close = getattr(audio, "close", None)
        if close is not None:
            close()
