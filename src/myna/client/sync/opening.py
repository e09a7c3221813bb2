"""Opening WebSockets with the errors of a client, for threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from myna.client.errors import opening_error
from myna.speech.errors import ConnectionLost, DeadlineExceeded

if TYPE_CHECKING:
    from myna.transport.protocols import Connect, Target, WebSocket


def opener(target: Target, transport: Connect | None) -> Callable[[], WebSocket]:
    """What opens `target`, with `transport` or else the built-in one."""
    if transport is None:
        from myna.transport.sync.websocket import connect

        transport = connect
    chosen = transport

    def open() -> WebSocket:
        try:
            return chosen(target)
        except (ConnectionLost, DeadlineExceeded) as error:
            raise opening_error(error, target.url) from error

    return open
