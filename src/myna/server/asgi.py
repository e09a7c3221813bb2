"""Small pieces for doors that speak ASGI themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping

from starlette.types import Receive, Scope, Send

from myna.server.refusals import TooLarge, TooSlow


def headers_of(scope: Scope) -> dict[str, str]:
    """The request's headers by lower-case name; of a repeated one the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def read_body(receive: Receive, limit: int, seconds: float) -> bytes:
    """The whole body.

    Raises:
        TooLarge: larger than `limit` bytes (413).
        TooSlow: not complete within `seconds` (408).
        ConnectionResetError: the client has gone.
    """
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ConnectionResetError("the client has gone")
                piece: bytes = message.get("body", b"")
                size += len(piece)
                if size > limit:
                    raise too_large(limit)
                pieces.append(piece)
                if not message.get("more_body", False):
                    return b"".join(pieces)
    except TimeoutError:
        raise TooSlow(f"The body did not come within {seconds:g} seconds; send it at once.") from None


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
