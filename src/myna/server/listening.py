"""`WS /stt/websocket` and `WS /stt/turns/websocket`."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from myna.conversation import Audition
from myna.server.carrying import Carrying
from myna.server.front import Visit
from myna.server.house import House
from myna.wire.cartesia.listening.lifecycle import Lifecycle
from myna.wire.cartesia.listening.server import ServerConnection


class ListeningDoor:
    """Brings a WebSocket and an `Audition` together."""

    def __init__(self, house: House, lifecycle: Lifecycle) -> None:
        self._house = house
        self._lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until either side ends it."""
        visit: Visit = scope["visit"]
        house = self._house
        with house.guest(visit) as guest, guest.socket(), guest.listening():
            await receive()
            await send({"type": "websocket.accept", "headers": []})
            connection = self._connection(visit, scope)
            audition = Audition(house.provider, connection, watch=guest, caller=visit.caller)
            guest.converse(audition)
            patience = house.limits.stall_seconds
            carrying = Carrying(
                audition, audition.receive, scope, receive, send, patience=patience, waits=True
            )
            await carrying.run()

    def _connection(self, visit: Visit, scope: Scope) -> ServerConnection:
        return ServerConnection(
            self._lifecycle,
            parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            now=asyncio.get_running_loop().time(),
            request_id=visit.request_id,
            idle=self._house.limits.listening_idle_seconds,
        )
