"""What drives a listening `ServerConnection`: audio in, one message after the other for its client."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import aclosing
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, cast

from myna.conversation.watch import Watch
from myna.providers.protocols import Listening, Provider
from myna.speech.access import LOCAL, Caller
from myna.speech.errors import EngineError, MynaError
from myna.speech.events import Done, Failed
from myna.speech.listening import InputFormat, ListeningRequest
from myna.wire.cartesia.actions import Close
from myna.wire.cartesia.listening import actions as do
from myna.wire.cartesia.listening.messages import HeardMessage
from myna.wire.cartesia.listening.server import ServerConnection

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine

    from myna.speech.listening import ListeningEvent

BACKLOG = 64
"""Messages that may wait for the client; then the listening waits. Of interim ones only the newest waits."""

CLOSE_SECONDS = 5.0
"""Time for a listening to end once it was cancelled."""

logger = logging.getLogger("myna.conversation")

_numbers = count(1)


class Audition:
    """Listens to one client: audio and commands in, typed messages out; lives on the running event loop.

    `receive` waits while too much is unheard, or while the client takes too little of what is said to it:
    who calls it reads no further meanwhile. `next` gives the messages in their order.

    Example:
        >>> audition = Audition(provider, ServerConnection(MANUAL, query, now=loop.time()))
        >>> await audition.receive(audio)
        >>> await audition.receive("done")
        >>> while not isinstance(message := await audition.next(), Close):
        ...     print(message.type)
    """

    def __init__(
        self,
        provider: Provider,
        connection: ServerConnection,
        *,
        watch: Watch | None = None,
        caller: Caller = LOCAL,
    ) -> None:
        self._provider = provider
        self._connection = connection
        self._watch = watch or Watch()
        self._caller = caller
        self._name = f"audition {next(_numbers)}"
        self._loop = asyncio.get_running_loop()
        self._outbox: deque[HeardMessage] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._turn = asyncio.Lock()
        self._waiting: asyncio.Timeout | None = None
        self._close: Close | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._listening: Listening | None = None
        self._format: InputFormat | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._hearing: asyncio.Task[None] | None = None
        self._tell(connection.begin())
        self._arm()

    async def receive(self, message: bytes | str) -> None:
        """Take a client's frame; returns once there is room for the next, or at the end."""
        if self._close is not None:
            await asyncio.sleep(0)  # who goes on sending must not keep the others from running
            return
        now = self._loop.time()
        try:
            async with self._turn, asyncio.timeout(None) as self._waiting:
                await self._perform(self._connection.receive(message, now))
                while self._full and self._close is None:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            if self._close is None:
                raise
        finally:
            self._waiting = None
            self._arm()

    async def next(self) -> HeardMessage | Close:
        """The next message to send; after a `Close` comes nothing but it again."""
        while True:
            if self._outbox:
                message = self._outbox.popleft()
                if not self._full:
                    self._room.set()
                return message
            if self._close is not None:
                return self._close
            self._news.clear()
            await self._news.wait()

    def drain(self) -> None:
        """Listen to no more, and close once what came is final."""
        actions = self._connection.drain()
        if actions and self._close is None:
            self._begin(self._drain(actions))

    def end(self, code: int, reason: str) -> None:
        """Drop everything that is unheard; `next` gives what is left to say, then this close."""
        if self._close is None:
            self._close = Close(code, reason)
        if self._timer is not None:
            self._timer.cancel()
        if self._listening is not None:
            self._listening.cancel()
        if self._waiting is not None:
            self._waiting.reschedule(self._loop.time())
            self._waiting = None
        current = asyncio.current_task() if self._tasks else None
        for task in self._tasks - {current}:
            task.cancel()
        self._news.set()
        self._room.set()

    async def aclose(self) -> None:
        """Free the engine and wait until all is quiet; idempotent."""
        self.end(1001, "going away")
        self._outbox.clear()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSE_SECONDS)

    @property
    def _full(self) -> bool:
        return len(self._outbox) >= BACKLOG

    def _tell(self, actions: list[do.Action]) -> None:
        """Do what needs no waiting: begin, send and close."""
        pending = deque(actions)
        while pending and self._close is None:
            action = pending.popleft()
            if isinstance(action, do.Send):
                self._post(action.message)
            elif isinstance(action, Close):
                self.end(action.code, action.reason)
            elif isinstance(action, do.Listen) and (error := self._listen(action.request)) is not None:
                pending = deque(self._connection.refuse(error))

    def _listen(self, asked: ListeningRequest) -> MynaError | None:
        request = replace(asked, caller=self._caller, connection=self._name)
        try:
            self._listening = self._provider.listen(request)
        except Exception as error:
            return self._typed(error)
        self._format = request.format
        self._hearing = self._begin(self._hear(self._listening))
        return None

    async def _perform(self, actions: list[do.Action]) -> None:
        for action in actions:
            if not isinstance(action, do.Feed | do.Finalize | do.Configure | do.Finish):
                self._tell([action])
                continue
            try:
                await self._instruct(action)
            except Exception as caught:
                error = self._typed(caught)
                if isinstance(action, do.Configure):
                    self._tell(self._connection.reject(error))
                else:
                    await self._fail(error)

    async def _instruct(self, action: do.Input) -> None:
        listening = self._listening
        if listening is None or self._close is not None:
            return
        match action:
            case do.Feed(audio):
                await listening.feed(audio)
                if self._format is not None:
                    frame = self._format.bytes_per_sample * self._format.sample_rate
                    self._watch.heard(len(audio) / frame)
            case do.Finalize():
                await listening.finalize()
            case do.Configure(turns):
                await listening.configure(turns)
            case do.Finish():
                await listening.finish()

    async def _drain(self, actions: list[do.Action]) -> None:
        async with self._turn:
            await self._perform(actions)

    async def _hear(self, listening: Listening) -> None:
        try:
            async with aclosing(cast("AsyncGenerator[ListeningEvent, None]", listening.events())) as events:
                async for event in events:
                    self._tell(self._connection.heard(event, self._loop.time()))
                    self._arm()
                    if isinstance(event, Done | Failed):
                        return
                    while self._full:
                        self._room.clear()
                        await self._room.wait()
            error: MynaError = EngineError("The listening ended without saying so; connect again.")
        except Exception as caught:
            error = self._typed(caught)
        self._tell(self._connection.heard(Failed(error), self._loop.time()))

    async def _fail(self, error: MynaError) -> None:
        """End with this error, unless the events tell of it; what was heard before goes first."""
        if self._hearing is not None:
            await asyncio.wait({self._hearing}, timeout=CLOSE_SECONDS)
        self._tell(self._connection.heard(Failed(error), self._loop.time()))

    def _typed(self, error: Exception) -> MynaError:
        if isinstance(error, MynaError):
            return error
        logger.error("request %s: listening failed", self._connection.request_id, exc_info=error)
        return EngineError("The listening failed unexpectedly; connect again.")

    def _post(self, message: HeardMessage) -> None:
        if message.interim and self._outbox and self._outbox[-1].interim:
            self._outbox.pop()
        self._outbox.append(message)
        self._news.set()

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"myna {self._name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _arm(self) -> None:
        deadline = self._connection.deadline()
        if deadline is None or self._close is not None:
            return
        if self._timer is not None:
            if not self._timer.cancelled() and self._timer.when() <= deadline:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        busy = self._waiting is not None or bool(self._outbox)
        self._tell(self._connection.expire(self._loop.time(), busy=busy))
        self._arm()
