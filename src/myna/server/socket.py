"""`WS /tts/websocket`."""

from __future__ import annotations

import asyncio
import logging

from starlette.types import Receive, Scope, Send

from myna.conversation import Conversation
from myna.server.front import Visit
from myna.server.house import House
from myna.speech.errors import InvalidRequest
from myna.wire.cartesia.actions import Close
from myna.wire.cartesia.codec import decode_request, encode_text
from myna.wire.cartesia.server import ServerConnection

logger = logging.getLogger("myna.server")


class SocketDoor:
    """Carries messages between a WebSocket and a `Conversation`: one reader, one writer."""

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
            await self._carry(conversation, visit, receive, send)

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

    async def _carry(self, conversation: Conversation, visit: Visit, receive: Receive, send: Send) -> None:
        reading = asyncio.create_task(self._read(conversation, receive))
        writing = asyncio.create_task(self._write(conversation, send))
        both = {reading, writing}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.wait(both)
            await conversation.aclose()
        for task in both:
            if not task.cancelled() and (error := task.exception()) is not None:
                await self._break_off(error, visit, send)

    async def _read(self, conversation: Conversation, receive: Receive) -> None:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                conversation.reject(InvalidRequest("Binary frames are not read here; send JSON as text."))
                continue
            try:
                request = decode_request(text)
                self._measure(request.transcript, request.context_id)
            except InvalidRequest as error:
                conversation.reject(error)
            else:
                conversation.receive(request)

    async def _write(self, conversation: Conversation, send: Send) -> None:
        patience = self._house.limits.stall_seconds
        while True:
            message = await conversation.next()
            async with asyncio.timeout(patience):
                if isinstance(message, Close):
                    await send({"type": "websocket.close", "code": message.code, "reason": message.reason})
                    return
                await send({"type": "websocket.send", "text": encode_text(message)})

    def _measure(self, transcript: str | None, context_id: str | None) -> None:
        limit = self._house.limits.transcript
        if transcript is not None and len(transcript) > limit:
            raise InvalidRequest(
                f"transcript has {len(transcript)} characters; send at most {limit} at once.",
                context_id=context_id,
            )

    async def _break_off(self, error: BaseException, visit: Visit, send: Send) -> None:
        if isinstance(error, TimeoutError):
            raise error
        if isinstance(error, OSError):
            return
        logger.error("request %s: socket failed", visit.request_id, exc_info=error)
        closing = {"type": "websocket.close", "code": 1011, "reason": "internal error"}
        try:
            await asyncio.wait_for(send(closing), 1.0)
        except (OSError, RuntimeError):
            return
