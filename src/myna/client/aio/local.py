"""This machine's engines behind the transports of a client, for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import httpx

from myna.client.desk import Desk
from myna.conversation import Conversation
from myna.conversation.calls import Answer, Asked
from myna.speech.errors import ConnectionLost, InvalidRequest
from myna.wire.cartesia.actions import Close
from myna.wire.cartesia.codec import decode_request
from myna.wire.cartesia.server import ServerConnection
from myna.wire.cartesia.versions import resolve

if TYPE_CHECKING:
    from myna.transport.protocols import OnLost, OnMessages


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
        asked = asked_of(request, await request.aread())
        patience = read_timeout(request)
        try:
            async with asyncio.timeout(patience):
                answer = await self._desk.answer(asked)
        except TimeoutError:
            raise httpx.ReadTimeout(f"Nothing came within {patience} s.", request=request) from None
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

    def __init__(self, conversation: Conversation, on_messages: OnMessages, on_lost: OnLost) -> None:
        self._conversation = conversation
        self._on_messages = on_messages
        self._on_lost = on_lost
        self._lost: ConnectionLost | None = None
        self._room = asyncio.Event()
        self._room.set()
        self._carrying = asyncio.create_task(self._carry(), name="myna local connection")

    @classmethod
    async def open(cls, desk: Desk, version: str | None, on_messages: OnMessages, on_lost: OnLost) -> Self:
        """Begin to talk; the engines are ready afterwards."""
        await desk.ready()
        connection = ServerConnection(resolve(version), now=asyncio.get_running_loop().time())
        return cls(Conversation(desk.provider, connection), on_messages, on_lost)

    @property
    def lost(self) -> ConnectionLost | None:
        """Why the connection ended; None while it is open."""
        return self._lost

    async def send(self, text: str, timeout: float | None) -> None:
        """Send one message."""
        self.post(text)

    def post(self, text: str) -> None:
        """Send one message.

        Raises:
            ConnectionLost: the connection ended.
        """
        if self._lost is not None:
            raise ConnectionLost(self._lost.message, code=self._lost.code, reason=self._lost.reason)
        try:
            request = decode_request(text)
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
