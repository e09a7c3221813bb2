"""`WS /tts/websocket`."""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope, Send

from myna.conversation import Conversation
from myna.server.carrying import Carrying
from myna.server.front import Visit
from myna.server.house import House
from myna.speech.errors import InvalidRequest
from myna.wire.cartesia.codec import decode_request
from myna.wire.cartesia.server import ServerConnection


class SocketDoor:
    """Brings a WebSocket and a `Conversation` together."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until either side ends it."""
        visit: Visit = scope["visit"]
        house = self._house
        with house.guest(visit) as guest, guest.socket():
            await receive()
            await send({"type": "websocket.accept", "headers": []})
            connection = self._connection(visit)
            conversation = Conversation(house.provider, connection, watch=guest, caller=visit.caller)
            guest.converse(conversation)

            async def take(message: str | bytes) -> None:
                self._take(message, conversation)

            patience = house.limits.stall_seconds
            await Carrying(conversation, take, scope, receive, send, patience=patience).run()

    def _connection(self, visit: Visit) -> ServerConnection:
        limits = self._house.limits
        return ServerConnection(
            visit.version,
            now=asyncio.get_running_loop().time(),
            request_id=visit.request_id,
            max_contexts=limits.contexts_per_socket,
            expiry=limits.context_expiry,
            idle=limits.idle_seconds,
        )

    def _take(self, message: str | bytes, conversation: Conversation) -> None:
        if isinstance(message, bytes):
            conversation.reject(InvalidRequest("Binary frames are not read here; send JSON as text."))
            return
        try:
            request = decode_request(message)
            self._measure(request.transcript, request.context_id)
        except InvalidRequest as error:
            conversation.reject(error)
        else:
            conversation.receive(request)

    def _measure(self, transcript: str | None, context_id: str | None) -> None:
        limit = self._house.limits.transcript
        if transcript is not None and len(transcript) > limit:
            raise InvalidRequest(
                f"transcript has {len(transcript)} characters; send at most {limit} at once.",
                context_id=context_id,
            )
