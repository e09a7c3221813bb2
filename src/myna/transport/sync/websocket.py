"""A WebSocket for threads: the caller's thread reads the socket itself, so no thread stands between.

Sending never waits for receiving nor the other way round, so a server that is slow to read cannot block
a client that has to take in what that server sends first; a thread that waits to send reads meanwhile.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from select import select
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from myna.speech.errors import ConnectionLost, DeadlineExceeded
from myna.transport.deadlines import Deadline
from myna.transport.frames import Frames
from myna.transport.protocols import Target
from myna.transport.tcp import busy_errors, no_connection, open_socket, prepare, tls_settings

if TYPE_CHECKING:
    from ssl import SSLSocket

try:
    from select import POLLIN, POLLOUT, poll
except ImportError:
    poll = None  # type: ignore[assignment, misc]

_CHUNK = 2**18
_EARLY = 2**24
"""Bytes of messages that are taken in by threads that wait to send."""
_TURN = 0.05
"""Seconds after which a thread that waits for another one looks again."""


def connect(target: Target) -> SocketWebSocket:
    """Open a WebSocket over TCP, with TLS for wss.

    Raises:
        HandshakeRefused: the server answered with another HTTP status than 101.
        ConnectionLost: no connection could be made.
        DeadlineExceeded: not within `open_timeout`.
    """
    deadline = Deadline(target.open_timeout)
    parts = urlsplit(target.url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "wss" else 80)
    frames = Frames(target)
    try:
        sock = open_socket(target, host, port, deadline)
    except OSError as error:
        raise no_connection(target, error) from error
    try:
        prepare(sock)
        if parts.scheme == "wss":
            sock = tls_settings(target).wrap_socket(sock, server_hostname=host)
        sock.setblocking(False)
        websocket = SocketWebSocket(sock, frames, target)
        websocket.shake_hands(deadline)
    except OSError as error:
        sock.close()
        raise no_connection(target, error) from error
    except BaseException:
        sock.close()
        raise
    return websocket


class SocketWebSocket:
    """A WebSocket over a connected socket."""

    def __init__(self, sock: socket.socket | SSLSocket, frames: Frames, target: Target) -> None:
        self._sock = sock
        self._frames = frames
        self._target = target
        self._lost: ConnectionLost | None = None
        self._broken: str | None = None
        """Why nothing can be sent any more; what the server said before may still be read."""
        self._state = Lock()
        self._reading = Lock()
        self._writing = Lock()
        self._io = Lock()
        self._busy = busy_errors(target)
        self._unsent = bytearray()
        self._early: list[bytes] = []
        self._early_size = 0
        self._heard = monotonic()
        self._pinged: float | None = None
        self._closing = False

    @property
    def lost(self) -> ConnectionLost | None:
        """Why the connection ended; None while it is open."""
        return self._lost

    def shake_hands(self, deadline: Deadline) -> None:
        """Do the opening handshake; see `connect`."""
        self._queue()
        self._write(deadline)
        with self._reading:
            while not self._frames.shaken:
                self._take_in(self._read(deadline), self._early)
                failure = self._frames.failure or self._lost
                if failure is not None and not self._frames.shaken:
                    raise failure
                if deadline.passed():
                    raise DeadlineExceeded(
                        f"The server did not answer the handshake within {self._target.open_timeout} s."
                    )

    def send(self, data: str | bytes, timeout: float | None) -> None:
        """Send one message: text, or bytes as a binary one.

        What arrives while the server takes nothing in is kept for `receive`, where nobody else reads.

        Raises:
            ConnectionLost: the connection ended.
            DeadlineExceeded: the server took nothing in for `timeout` seconds.
        """
        deadline = Deadline(timeout)
        if self._unsent:
            self._write(deadline)
        self._queue(lambda: self._frames.send(data))
        self._write(deadline)

    def receive(self, timeout: float | None) -> list[bytes]:
        """The messages that have arrived, at least one unless the time is up first; 0 does not wait.

        Raises:
            ConnectionLost: the connection ended and all its messages were taken.
        """
        deadline = Deadline(timeout)
        with self._reading:
            messages, self._early, self._early_size = self._early, [], 0
            while not messages:
                self._check_open()
                broken = self._broken
                data = self._read(deadline)
                if data is None:
                    if broken is not None:
                        self._end(broken)
                    return messages
                self._take_in(data, messages)
        return messages

    def tend(self) -> None:
        """Ask a silent server for a sign of life; give up one that gave none."""
        now, target = monotonic(), self._target
        if self._lost is not None or target.ping_interval is None:
            return
        waiting = self._pinged is not None and self._pinged > self._heard
        if waiting and target.ping_timeout is not None:
            if now - (self._pinged or now) > target.ping_timeout:
                self._end("The server gave no sign of life")
        elif now - self._heard >= target.ping_interval:
            self._pinged = now
            with suppress(ConnectionLost, DeadlineExceeded):
                self._queue(lambda: self._frames.ping(b"myna"))
                self._write(Deadline(0))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye within `close_timeout` and free everything; idempotent."""
        deadline = Deadline(self._target.close_timeout)
        self._closing = True
        if self._lost is None:
            with suppress(ConnectionLost, DeadlineExceeded):
                self._queue(lambda: self._frames.close(code, reason))
                self._write(deadline)
                self._await_farewell(deadline)
            self._end("The server did not say goodbye")
        with self._reading, self._writing:
            self._sock.close()

    def abort(self) -> None:
        """Free everything without a goodbye; never waits, may be called by the garbage collector."""
        self._closing = True
        self._end("The connection was closed here")
        if self._reading.acquire(blocking=False):
            if self._writing.acquire(blocking=False):
                self._sock.close()
                self._writing.release()
            self._reading.release()

    def _await_farewell(self, deadline: Deadline) -> None:
        while self._lost is None and not deadline.passed():
            if not self._reading.acquire(timeout=_TURN):
                continue
            try:
                self._take_in(self._read(deadline), [])
            finally:
                self._reading.release()

    def _queue(self, act: Callable[[], None] | None = None) -> None:
        """Let the protocol act, and take what it has to say."""
        with self._state:
            self._check_open()
            if act is not None:
                act()
            self._unsent += self._frames.outgoing()

    def _write(self, deadline: Deadline) -> None:
        left = deadline.left()
        if not self._writing.acquire(timeout=-1 if left is None else left):
            raise self._stalled()
        try:
            while True:
                with self._state:
                    chunk = bytes(self._unsent[:_CHUNK])
                    del self._unsent[:_CHUNK]
                sent = self._send_some(chunk)
                if sent == len(chunk):
                    if not chunk:
                        return
                    continue
                with self._state:
                    self._unsent[:0] = chunk[sent:]
                if not self._await_room(deadline):
                    raise self._stalled()
        except DeadlineExceeded:
            raise
        except OSError as error:
            self._broken = self._broken or f"The connection broke ({error})"
            self._read_to_end()
            raise self._again() from error
        finally:
            self._writing.release()

    def _send_some(self, chunk: bytes) -> int:
        if not chunk:
            return 0
        self._check_open()
        if self._broken is not None:
            raise BrokenPipeError(self._broken)
        try:
            with self._io:
                return self._sock.send(chunk)
        except self._busy:
            return 0

    def _await_room(self, deadline: Deadline) -> bool:
        """Whether the server takes something in before the time is up; meanwhile read, unless others do."""
        watching = True
        while True:
            reading = watching and self._early_size < _EARLY
            left = deadline.left()
            turn = _TURN if left is None else min(left, _TURN)
            readable, writable = _ready(self._sock, turn, reading=reading, writing=True)
            if writable or deadline.passed():
                return writable
            watching = True
            if readable:
                watching = self._read_early()

    def _read_early(self) -> bool:
        """Take in what has come; False where another thread is about to."""
        if not self._reading.acquire(blocking=False):
            return False
        try:
            messages: list[bytes] = []
            self._take_in(self._read(Deadline(0)), messages)
            self._early += messages
            self._early_size += sum(map(len, messages))
        finally:
            self._reading.release()
        return True

    def _read_to_end(self) -> None:
        """Keep what the server said before it went; where another thread reads, that one comes to the end."""
        if not self._reading.acquire(blocking=False):
            return
        try:
            while self._lost is None:
                data = self._read(Deadline(0))
                if data is None:
                    self._end("The server ended the connection")
                self._take_in(data, self._early)
        finally:
            self._reading.release()

    def _read(self, deadline: Deadline) -> bytes | None:
        """What the socket has; b"" at its end, None when the time is up."""
        while True:
            try:
                with self._io:
                    return self._sock.recv(_CHUNK)
            except self._busy:
                if not _wait(self._sock, deadline):
                    return None
            except OSError:
                return b""

    def _take_in(self, data: bytes | None, messages: list[bytes]) -> None:
        if data is None:
            return
        with self._state:
            if data:
                self._heard = monotonic()
                messages += self._frames.feed(data)
            else:
                self._frames.end_of_stream()
            answer = self._frames.outgoing()
            self._unsent += answer
            over = not data or self._frames.over
        if answer and not over:
            with suppress(ConnectionLost, DeadlineExceeded):
                self._write(Deadline(0))
        if over:
            self._say_last_words()
            self._end("The server ended the connection")

    def _say_last_words(self) -> None:
        with suppress(OSError), self._state, self._io:
            self._sock.send(bytes(self._unsent))

    def _end(self, cause: str) -> None:
        """Note why, and wake whoever waits for the socket."""
        if self._broken is not None and not self._frames.over:
            cause = self._broken
        if self._lost is None:
            self._lost = self._frames.loss("The connection was closed here" if self._closing else cause)
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _check_open(self) -> None:
        if self._lost is not None:
            raise self._again()

    def _again(self) -> ConnectionLost:
        lost = self._lost or self._frames.loss(self._broken or "The server ended the connection")
        return ConnectionLost(lost.message, code=lost.code, reason=lost.reason)

    def _stalled(self) -> DeadlineExceeded:
        return DeadlineExceeded("The server took nothing in within the time allowed; connect again.")

    def __del__(self) -> None:
        with suppress(Exception):
            self._sock.close()


def _wait(sock: socket.socket, deadline: Deadline) -> bool:
    """Whether there is something to read in time."""
    left = deadline.left()
    return left != 0 and _ready(sock, left, reading=True, writing=False)[0]


def _ready(sock: socket.socket, left: float | None, *, reading: bool, writing: bool) -> tuple[bool, bool]:
    """Whether the socket can be read from and whether it can be written to, within `left` seconds."""
    if poll is None:
        told = select([sock] * reading, [sock] * writing, [], left)
        return bool(told[0]), bool(told[1])
    poller = poll()
    poller.register(sock, POLLIN * reading | POLLOUT * writing)
    found = poller.poll(None if left is None else max(left * 1000, 1) if left else 0)
    happened = found[0][1] if found else 0
    ended = bool(happened & ~(POLLIN | POLLOUT))
    return reading and (ended or bool(happened & POLLIN)), writing and (ended or bool(happened & POLLOUT))
