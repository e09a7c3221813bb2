"""Carries messages between a WebSocket and what answers it: one reader, one writer."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
from starlette.types import Receive, Scope, Send

from myna.server.front import Visit
from myna.server.guarded import GONE
from myna.wire.cartesia.actions import Close
from myna.wire.cartesia.codec import encode_text

PATIENT_MESSAGES = 32
"""Messages of one client that are read in a row, before others have their turn."""

AHEAD_BYTES = 8 << 20
"""Most bytes of one client that are read before they can be taken: only who is read gets answers to pings."""

FRAME_BYTES = 256
"""What a waiting frame counts for beside its content."""

LOOK_SECONDS = 0.5
"""How often to look whether a client is still there whose messages wait to be read."""

logger = logging.getLogger("myna.server")


class Carried(Protocol):
    """A conversation, an audition or a dubbing."""

    async def next(self) -> msgspec.Struct | bytes | Close:
        """The next message to send, or a binary frame, at last a close."""
        ...

    async def aclose(self) -> None:
        """Free everything."""
        ...


class Carrying:
    """One open WebSocket.

    Args:
        carried: what gives messages.
        take: what takes the client's frames; while it waits, `AHEAD_BYTES` more are read, or none.
        scope, receive, send: of ASGI.
        patience: seconds for which the client may take nothing.
        waits: whether `take` may wait for long; then frames are read ahead of it.
        interrupt: takes a frame that is not to wait behind others, and tells whether it has; these are then
            forgotten.
    """

    def __init__(
        self,
        carried: Carried,
        take: Callable[[str | bytes], Awaitable[None]],
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        patience: float,
        waits: bool = False,
        interrupt: Callable[[str | bytes], bool] = lambda frame: False,
    ) -> None:
        self._carried = carried
        self._take = take
        self._scope = scope
        self._receive = receive
        self._send = send
        self._patience = patience
        self._waits = waits
        self._interrupt = interrupt
        self._taking = False
        self._ahead: deque[str | bytes] = deque()
        self._ahead_bytes = 0
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()

    async def run(self) -> None:
        """Serve until either side ends it."""
        tasks = {asyncio.create_task(self._write())}
        if self._waits:
            tasks |= {asyncio.create_task(each) for each in (self._read_ahead(), self._drain(), self._look())}
        else:
            tasks.add(asyncio.create_task(self._read()))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await self._carried.aclose()
        for task in tasks:
            if not task.cancelled() and (error := task.exception()) is not None:
                await self._break_off(error)

    async def _frame(self) -> str | bytes | None:
        """The client's next frame; None once it has gone."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            return None
        text: str | None = message.get("text")
        content: str | bytes = message["bytes"] if text is None else text
        return content

    async def _read(self) -> None:
        count = 0
        while (frame := await self._frame()) is not None:
            await self._take(frame)
            count += 1
            if count % PATIENT_MESSAGES == 0:
                await asyncio.sleep(0)

    async def _read_ahead(self) -> None:
        count = 0
        while (frame := await self._frame()) is not None:
            if self._interrupt(frame):
                self._ahead_bytes -= sum(FRAME_BYTES + len(each) for each in self._ahead)
                self._ahead.clear()
                continue
            self._ahead.append(frame)
            self._ahead_bytes += FRAME_BYTES + len(frame)
            self._arrived.set()
            while self._ahead_bytes > AHEAD_BYTES:
                self._room.clear()
                await self._room.wait()
            count += 1
            if count % PATIENT_MESSAGES == 0:
                await asyncio.sleep(0)

    async def _drain(self) -> None:
        count = 0
        while True:
            while not self._ahead:
                self._arrived.clear()
                await self._arrived.wait()
            frame = self._ahead.popleft()
            self._taking = True
            await self._take(frame)
            self._taking = False
            self._ahead_bytes -= FRAME_BYTES + len(frame)
            self._room.set()
            count += 1
            if count % PATIENT_MESSAGES == 0:
                await asyncio.sleep(0)

    async def _write(self) -> None:
        while True:
            message = await self._carried.next()
            async with asyncio.timeout(self._patience):
                if isinstance(message, Close):
                    closing = {"type": "websocket.close", "code": message.code, "reason": message.reason}
                    await self._send(closing)
                    return
                if isinstance(message, bytes):
                    await self._send({"type": "websocket.send", "bytes": message})
                else:
                    await self._send({"type": "websocket.send", "text": encode_text(message)})

    async def _look(self) -> None:
        """Return once a client has gone whose last messages are not read: nobody would notice."""
        gone: Callable[[], bool] = self._scope.get(GONE, lambda: False)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._taking and gone():
                return

    async def _break_off(self, error: BaseException) -> None:
        if isinstance(error, TimeoutError):
            raise error
        if isinstance(error, OSError):
            return
        visit: Visit = self._scope["visit"]
        logger.error("request %s: socket failed", visit.request_id, exc_info=error)
        closing = {"type": "websocket.close", "code": 1011, "reason": "internal error"}
        try:
            await asyncio.wait_for(self._send(closing), 1.0)
        except (OSError, RuntimeError):
            return
