"""This machine's engines behind the transports of a client, for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import httpx

from myna.client.desk import Desk
from myna.conversation import Conversation
from myna.conversation.calls import Answer, Asked
from myna.conversation.dubbing import Dubbing
from myna.conversation.listening import Audition
from myna.conversation.watch import Watch
from myna.speech.errors import ConnectionLost, DeadlineExceeded, InvalidRequest
from myna.wire.cartesia.actions import Close
from myna.wire.cartesia.codec import decode_request

if TYPE_CHECKING:
    from myna.transport.protocols import OnLost, OnMessages

_PIECE = 2**18
"""Bytes of a form that are looked at in one go."""


class AsyncLocalTransport(httpx.AsyncBaseTransport):
    """Answers the requests of an `httpx.AsyncClient` from this process.

    Example:
        >>> client = httpx.AsyncClient(transport=AsyncLocalTransport(Desk(provider)))
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; the body comes as it is made.

        Raises:
            httpx.ReadTimeout: nothing came within the request's timeout.
        """
        form = FormBody.of(request)
        asked = asked_of(request, b"" if form else await request.aread())
        patience = read_timeout(request)
        try:
            answer = await answered(self._desk, asked, form, patience)
        except DeadlineExceeded as error:
            raise httpx.ReadTimeout(error.message, request=request) from None
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer, patience, request), request=request
        )


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: Answer, patience: float | None, request: httpx.Request) -> None:
        self._pieces = answer.pieces
        self._patience = patience
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            try:
                async with asyncio.timeout(self._patience):
                    piece = await anext(self._pieces)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise httpx.ReadTimeout(
                    f"Nothing came within {self._patience} s.", request=self._request
                ) from None
            yield piece

    async def aclose(self) -> None:
        await self._pieces.aclose()


class FormBody:
    """The body of a form, read piece by piece beside the event loop, never held as a whole.

    Attributes:
        failure: what kept it from being read.
        on_piece: called before each piece.
    """

    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._pieces = iter(stream)
        self.failure: Exception | None = None
        self.on_piece: Callable[[], object] = lambda: None

    @classmethod
    def of(cls, request: httpx.Request) -> FormBody | None:
        """That of a request; None where it is no form."""
        stream = request.stream
        form = request.headers.get("content-type", "").startswith("multipart/form-data")
        return cls(stream) if form and isinstance(stream, httpx.SyncByteStream) else None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            try:
                piece = await asyncio.to_thread(next, self._pieces, None)
            except Exception as error:
                self.failure = error
                raise
            if piece is None:
                return
            for start in range(0, len(piece), _PIECE):
                self.on_piece()
                yield piece[start : start + _PIECE]


class _Going(Watch):
    """Puts off the end of a wait for an answer as long as it is being made."""

    def __init__(self, timer: asyncio.Timeout, patience: float) -> None:
        self._timer: asyncio.Timeout | None = timer
        self._patience = patience

    def going(self) -> None:
        """The work goes on."""
        if self._timer is not None and not self._timer.expired():
            self._timer.reschedule(asyncio.get_running_loop().time() + self._patience)

    def over(self) -> None:
        """The answer has begun."""
        self._timer = None


async def answered(desk: Desk, asked: Asked, form: FormBody | None, patience: float | None) -> Answer:
    """The desk's answer; where the form could not be read, its error as it is.

    Raises:
        DeadlineExceeded: nothing happened for `patience` seconds.
    """
    try:
        async with asyncio.timeout(patience) as timer:
            going = None if patience is None else _Going(timer, patience)
            if going is not None:
                asked = replace(asked, watch=going)
                if form is not None:
                    form.on_piece = going.going
            try:
                answer = await desk.answer(asked, None if form is None else aiter(form))
            finally:
                if going is not None:
                    going.over()
    except TimeoutError:
        if not timer.expired():
            raise
        raise DeadlineExceeded(f"Nothing came within {patience} s.") from None
    if form is not None and form.failure is not None:
        await answer.pieces.aclose()
        raise form.failure
    return answer


def asked_of(request: httpx.Request, body: bytes) -> Asked:
    """The call that a request stands for."""
    return Asked(
        method=request.method,
        path=request.url.raw_path.partition(b"?")[0].decode("ascii"),
        query=tuple(request.url.params.multi_items()),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        base_url=_base_url(request.url),
        whole=bool(request.extensions.get("whole")),
    )


def _base_url(url: httpx.URL) -> str:
    return str(url.copy_with(raw_path=b"/")).rstrip("/")


def read_timeout(request: httpx.Request) -> float | None:
    """Seconds to wait for the next piece of the answer to a request."""
    timeouts: Mapping[str, float | None] = request.extensions.get("timeout") or {}
    return timeouts.get("read")


class AsyncLocalWebSocket:
    """A live connection to this machine's engines, in the place of a WebSocket."""

    def __init__(
        self, conversation: Conversation | Audition | Dubbing, on_messages: OnMessages, on_lost: OnLost
    ) -> None:
        self._conversation = conversation
        self._on_messages = on_messages
        self._on_lost = on_lost
        self._lost: ConnectionLost | None = None
        self._room = asyncio.Event()
        self._room.set()
        self._turn = asyncio.Lock()
        self._ending: asyncio.Task[None] | None = None
        self._carrying = asyncio.create_task(self._carry(), name="myna local connection")

    @classmethod
    async def open(
        cls,
        desk: Desk,
        path: str,
        query: Sequence[tuple[str, str]],
        version: str | None,
        on_messages: OnMessages,
        on_lost: OnLost,
    ) -> Self:
        """Begin to talk; the engines are ready afterwards.

        Args:
            desk: answers.
            path: of the WebSocket in whose place this is.
            query: names and values, of the WebSocket.
            version: of the API.
            on_messages: gets what arrives.
            on_lost: gets the end.

        Raises:
            APIStatusError: what is asked for cannot be.
        """
        return cls(await desk.talk(path, query, version), on_messages, on_lost)

    @property
    def converses(self) -> bool:
        """Whether it is spoken here, so that sending never waits."""
        return isinstance(self._conversation, Conversation)

    @property
    def lost(self) -> ConnectionLost | None:
        """Why the connection ended; None while it is open."""
        return self._lost

    async def send(self, data: str | bytes, timeout: float | None) -> None:
        """Send one message: text, or audio where that is taken in; waits while too much of it is not done.

        Raises:
            ConnectionLost: the connection ended.
            DeadlineExceeded: there was no room for `timeout` seconds.
        """
        if isinstance(self._conversation, Conversation):
            self.post(data)
            return
        self._check_open()
        if self._conversation.interrupt(data):
            return
        try:
            async with asyncio.timeout(timeout), self._turn:
                await self._conversation.receive(data)
        except TimeoutError:
            raise DeadlineExceeded("Nothing was taken in within the time allowed; try again.") from None
        self._check_open()

    def post(self, data: str | bytes) -> None:
        """Send one message of a conversation.

        Raises:
            ConnectionLost: the connection ended.
        """
        self._check_open()
        assert isinstance(self._conversation, Conversation)
        try:
            request = decode_request(data)
        except InvalidRequest as error:
            self._conversation.reject(error)
        else:
            self._conversation.receive(request)

    def pause(self) -> None:
        """Take nothing in until `resume`; the engines have to wait."""
        self._room.clear()

    def resume(self) -> None:
        """Take messages in again."""
        self._room.set()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Free everything; idempotent."""
        self._end(ConnectionLost("The connection was closed here.", code=code, reason=reason))
        self._carrying.cancel()
        await asyncio.wait((self._carrying,))
        await self._conversation.aclose()

    def abort(self) -> None:
        """Free everything without waiting for it."""
        if self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(self.close(1006, "given up"))

    async def _carry(self) -> None:
        while True:
            await self._room.wait()
            message = await self._conversation.next()
            if isinstance(message, Close):
                ended = f"The connection was closed ({message.code}: {message.reason})."
                self._end(ConnectionLost(ended, code=message.code, reason=message.reason))
                with suppress(asyncio.CancelledError):
                    await self._conversation.aclose()
                return
            self._on_messages((message,))

    def _end(self, lost: ConnectionLost) -> None:
        if self._lost is None:
            self._lost = lost
            self._on_lost(lost)

    def _check_open(self) -> None:
        if self._lost is not None:
            raise ConnectionLost(self._lost.message, code=self._lost.code, reason=self._lost.reason)
