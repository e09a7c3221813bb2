"""Opening WebSockets with the errors of a client, for asyncio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from myna.client.errors import opening_error
from myna.speech.errors import ConnectionLost, DeadlineExceeded

if TYPE_CHECKING:
    from myna.transport.protocols import AsyncConnect, AsyncWebSocket, OnLost, OnMessages, Target


def opener(
    target: Target, transport: AsyncConnect | None
) -> Callable[[OnMessages, OnLost], Awaitable[AsyncWebSocket]]:
    """What opens `target`, with `transport` or else the built-in one."""
    if transport is None:
        from myna.transport.aio.websocket import connect

        transport = connect
    chosen = transport

    async def open(on_messages: OnMessages, on_lost: OnLost) -> AsyncWebSocket:
        try:
            return await chosen(target, on_messages, on_lost)
        except (ConnectionLost, DeadlineExceeded) as error:
            raise opening_error(error, target.url) from error

    return open
