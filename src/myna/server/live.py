"""The sockets that take live audio: `/stt/websocket`, `/stt/turns/websocket`, `/voice-changer/websocket`."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from myna.conversation.sockets import live
from myna.server.carrying import Carrying
from myna.server.front import Visit
from myna.server.house import House
from myna.wire.cartesia.changing.lifecycle import CHANGING
from myna.wire.cartesia.live.lifecycle import Lifecycle


class LiveDoor:
    """Brings a WebSocket and what serves it together."""

    def __init__(self, house: House, lifecycle: Lifecycle) -> None:
        self._house = house
        self._lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until either side ends it."""
        visit: Visit = scope["visit"]
        house, metrics = self._house, self._house.metrics
        counted = metrics.changing if self._lifecycle is CHANGING else metrics.listening
        with house.guest(visit) as guest, guest.socket(), guest.live(counted):
            await receive()
            await send({"type": "websocket.accept", "headers": []})
            served = live(
                house.provider,
                self._lifecycle,
                parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
                request_id=visit.request_id,
                idle=house.limits.listening_idle_seconds,
                watch=guest,
                caller=visit.caller,
            )
            guest.converse(served)
            carrying = Carrying(
                served,
                served.receive,
                scope,
                receive,
                send,
                patience=house.limits.stall_seconds,
                waits=True,
                interrupt=served.interrupt,
            )
            await carrying.run()
