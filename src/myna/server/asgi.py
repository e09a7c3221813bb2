"""Small pieces for doors that speak ASGI themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Mapping

from starlette.types import Receive, Scope, Send

from myna.server.refusals import TooLarge, TooSlow, UnsupportedMediaType

_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


def headers_of(scope: Scope) -> dict[str, str]:
    """The request's headers by lower-case name; of a repeated one the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def body_pieces(
    receive: Receive, limit: int, *, seconds: float, idle_seconds: float | None = None
) -> AsyncGenerator[bytes, None]:
    """The body, piece by piece.

    Raises:
        TooLarge: larger than `limit` bytes (413).
        TooSlow: not complete within `seconds`, or nothing came for `idle_seconds` (408).
        ConnectionResetError: the client has gone.
    """
    until = asyncio.get_running_loop().time() + seconds
    size = 0
    while True:
        left = until - asyncio.get_running_loop().time()
        patience = left if idle_seconds is None else min(left, idle_seconds)
        try:
            async with asyncio.timeout(patience):
                message = await receive()
        except TimeoutError:
            raise TooSlow(f"The body did not come within {seconds:g} seconds; send it at once.") from None
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("the client has gone")
        piece: bytes = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise too_large(limit)
        yield piece
        if not message.get("more_body", False):
            return


async def read_json(headers: Mapping[str, str], receive: Receive, limit: int, seconds: float) -> bytes:
    """The whole body of a request whose body is JSON.

    Raises:
        UnsupportedMediaType: it says that it is a form, or packed (415).
        TooLarge: larger than `limit` bytes (413).
        TooSlow: not complete within `seconds` (408).
        ConnectionResetError: the client has gone.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _FORMS:
        raise UnsupportedMediaType(f"The body cannot be {kind}; send application/json.")
    packing = headers.get("content-encoding", "").strip().lower()
    if packing not in ("", "identity"):
        raise UnsupportedMediaType(f"The body cannot be packed as {packing[:40]!r}; send it as it is.")
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limit:
        raise too_large(limit)
    return b"".join([piece async for piece in body_pieces(receive, limit, seconds=seconds)])


def too_large(limit: int) -> TooLarge:
    """The error of a body of more than `limit` bytes."""
    return TooLarge(f"The body is larger than {limit} bytes; send less at once.")


async def reply(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """A whole response."""
    length = {} if status == 204 else {"content-length": str(len(body))}
    await start_reply(send, status, {**headers, **length})
    await send({"type": "http.response.body", "body": body})


async def start_reply(send: Send, status: int, headers: Mapping[str, str]) -> None:
    """The head of a response whose body follows."""
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def refuse_socket(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """An HTTP response instead of the upgrade to a WebSocket."""
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "websocket.http.response.start", "status": status, "headers": raw})
    await send({"type": "websocket.http.response.body", "body": body})


async def unless_gone(receive: Receive, work: Awaitable[None]) -> None:
    """Do the work; where the client goes first, stop it at once and return."""
    doing = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({doing, watching}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        watching.cancel()
        if not doing.done():
            doing.cancel()
        await asyncio.wait({doing, watching})
    if not doing.cancelled():
        doing.result()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
