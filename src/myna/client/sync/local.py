"""This machine's engines behind the transports of a client, for threads.

The engines live on one event loop in a thread of its own, shared by all clients of the process: it begins
at the first use and ends with the last client, at exit, or not at all in a forked child, which begins anew.
"""

from __future__ import annotations

import atexit
import os
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import suppress
from threading import Condition, Lock
from time import monotonic
from typing import TYPE_CHECKING

import httpx

from myna.client.aio.local import AsyncLocalWebSocket, FormBody, answered, asked_of, read_timeout
from myna.client.desk import Desk
from myna.client.errors import ClientClosed
from myna.client.loop import LoopThread
from myna.speech.errors import ConnectionLost, DeadlineExceeded

if TYPE_CHECKING:
    from collections.abc import Callable

    from myna.providers.protocols import Provider
    from myna.transport.protocols import Message

_AHEAD = 64
"""Messages that may wait for a reader before the engines have to."""
_AHEAD_OF_SENDERS = 4096
"""The same while somebody waits to send."""

_shared: LoopThread | None = None
_sharing = Lock()


def _forget() -> None:
    global _shared, _sharing
    _shared, _sharing = None, Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


class LocalEngines:
    """A client's share of this machine's engines.

    Example:
        >>> engines = LocalEngines(LocalProvider)
        >>> client = httpx.Client(transport=LocalTransport(engines))
        >>> engines.close()
    """

    def __init__(self, make: Callable[[], Provider]) -> None:
        self._make = make
        self._lock = Lock()
        self._thread: LoopThread | None = None
        self._desk: Desk | None = None
        self._closed = False

    def begin(self) -> tuple[LoopThread, Desk]:
        """The loop and the desk on it; a forked child gets its own.

        Raises:
            ClientClosed: `close` was called.
        """
        global _shared
        if self._thread is not None and self._thread.process != os.getpid():
            self._lock, self._thread, self._desk = Lock(), None, None
        with self._lock:
            if self._closed:
                raise ClientClosed
            if self._thread is None or self._desk is None:
                with _sharing:
                    _shared = _shared or LoopThread()
                    _shared.users += 1
                    self._thread = _shared
                self._desk = Desk(self._make())
                atexit.register(self._exit)
            return self._thread, self._desk

    def close(self) -> None:
        """Let go; the last one to do so ends the loop. Idempotent."""
        self._let_go(exiting=False)

    def _exit(self) -> None:
        self._let_go(exiting=True)

    def _let_go(self, *, exiting: bool) -> None:
        global _shared
        with self._lock:
            thread, desk = self._thread, self._desk
            self._closed, self._thread, self._desk = True, None, None
        atexit.unregister(self._exit)
        if thread is None or desk is None or thread.process != os.getpid():
            return
        thread.dispose(desk.aclose())
        with _sharing:
            thread.users -= 1
            if thread.users:
                return
            if _shared is thread:
                _shared = None
        thread.stop(exiting=exiting)


class LocalTransport(httpx.BaseTransport):
    """Answers the requests of an `httpx.Client` from this process.

    Example:
        >>> client = httpx.Client(transport=LocalTransport(engines))
    """

    def __init__(self, engines: LocalEngines) -> None:
        self._engines = engines

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; the body comes as it is made.

        Raises:
            httpx.ReadTimeout: nothing came within the request's timeout.
        """
        thread, desk = self._engines.begin()
        form = FormBody.of(request)
        asked = asked_of(request, b"" if form else request.read())
        patience = read_timeout(request)
        try:
            answer = thread.run(answered(desk, asked, form, patience))
        except DeadlineExceeded as error:
            raise httpx.ReadTimeout(error.message, request=request) from None
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(thread, answer.pieces, patience, request),
            request=request,
        )


class _Body(httpx.SyncByteStream):
    def __init__(
        self,
        thread: LoopThread,
        pieces: AsyncGenerator[bytes, None],
        patience: float | None,
        request: httpx.Request,
    ) -> None:
        self._thread = thread
        self._pieces = pieces
        self._patience = patience
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        while True:
            try:
                piece = self._thread.run(self._next(), self._patience)
            except DeadlineExceeded as error:
                raise httpx.ReadTimeout(error.message, request=self._request) from None
            if piece is None:
                return
            yield piece

    async def _next(self) -> bytes | None:
        return await anext(self._pieces, None)

    def close(self) -> None:
        self._thread.dispose(self._pieces.aclose())


class LocalWebSocket:
    """A live connection to this machine's engines, in the place of a WebSocket."""

    def __init__(
        self, engines: LocalEngines, path: str, query: Sequence[tuple[str, str]], version: str | None
    ) -> None:
        self._thread, desk = engines.begin()
        self._arrived: deque[Message] = deque()
        self._news = Condition()
        self._sending = 0
        self._paused = False
        self._lost: ConnectionLost | None = None
        opening = AsyncLocalWebSocket.open(desk, path, query, version, self._on_messages, self._on_lost)
        self._socket = self._thread.run(opening)

    @property
    def lost(self) -> ConnectionLost | None:
        """Why the connection ended; None while it is open."""
        return self._lost

    def send(self, data: str | bytes, timeout: float | None) -> None:
        """Send one message: text, or audio where that is listened to; waits while too much is unheard.

        Raises:
            ConnectionLost: the connection ended.
            DeadlineExceeded: there was no room for `timeout` seconds.
        """
        self._check_open()
        if self._socket.converses:
            assert isinstance(data, str)
            self._thread.soon(self._post, data)
            return
        self._take_more(1)
        try:
            self._thread.run(self._socket.send(data, timeout))
        finally:
            self._take_more(-1)

    def receive(self, timeout: float | None) -> Sequence[Message]:
        """The messages that have arrived, at least one unless the time is up first; 0 does not wait.

        Raises:
            ConnectionLost: the connection ended and all its messages were taken.
        """
        end = None if timeout is None else monotonic() + timeout
        with self._news:
            while not self._arrived:
                self._check_open()
                left = None if end is None else end - monotonic()
                if left is not None and left <= 0:
                    return ()
                self._news.wait(left)
            messages = tuple(self._arrived)
            self._arrived.clear()
            resume, self._paused = self._paused, False
        if resume and self._lost is None:
            self._thread.soon(self._socket.resume)
        return messages

    def tend(self) -> None:
        """Nothing: what is in this process gives signs of life."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Free everything; idempotent."""
        self._thread.dispose(self._socket.close(code, reason))

    def abort(self) -> None:
        """Free everything without waiting for it."""
        with suppress(RuntimeError):
            self._thread.soon(self._socket.abort)

    def _post(self, text: str) -> None:
        with suppress(ConnectionLost):
            self._socket.post(text)

    def _take_more(self, change: int) -> None:
        """While somebody waits to send, more may wait for the reader, who may be the same thread."""
        with self._news:
            self._sending += change
            resume = self._paused and change > 0
            self._paused = self._paused and not resume
        if resume:
            self._thread.soon(self._socket.resume)

    def _on_messages(self, messages: Sequence[Message]) -> None:
        with self._news:
            self._arrived.extend(messages)
            limit = _AHEAD_OF_SENDERS if self._sending else _AHEAD
            self._paused = len(self._arrived) >= limit
            if self._paused:
                self._socket.pause()
            self._news.notify_all()

    def _on_lost(self, lost: ConnectionLost) -> None:
        with self._news:
            self._lost = lost
            self._news.notify_all()

    def _check_open(self) -> None:
        if self._lost is None and self._thread.ended:
            self._lost = ConnectionLost("The client was closed; make a new one.", code=1001)
        if self._lost is not None:
            raise ConnectionLost(self._lost.message, code=self._lost.code, reason=self._lost.reason)
