"""What drives a `LiveConnection`: audio in, one message after the other for its client."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import deque
from contextlib import aclosing
from itertools import count
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from myna.conversation.watch import Watch
from myna.providers.protocols import Changing, Listening, Provider
from myna.speech.access import LOCAL, Caller
from myna.speech.errors import EngineError, MynaError
from myna.speech.events import Done, Failed
from myna.wire.cartesia.actions import Close
from myna.wire.cartesia.live import actions as do
from myna.wire.cartesia.live.connection import LiveConnection

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Coroutine

BACKLOG = 64
"""Messages that may wait for the client; then the work waits."""

CLOSE_SECONDS = 5.0
"""Time for the work to end once it was cancelled."""

logger = logging.getLogger("myna.conversation")

C = TypeVar("C", bound=LiveConnection)
S = TypeVar("S", Listening, Changing)
E = TypeVar("E")

_numbers = count(1)


class Live(ABC, Generic[C, S, E]):
    """Serves one client's live audio: audio and commands in, messages out; lives on the running event loop.

    `receive` waits while too much is not worked off, or while the client takes too little of what is said
    to it: who calls it reads no further meanwhile. `next` gives the messages in their order.
    """

    def __init__(
        self,
        provider: Provider,
        connection: C,
        *,
        watch: Watch | None = None,
        caller: Caller = LOCAL,
    ) -> None:
        self._provider = provider
        self._connection = connection
        self._watch = watch or Watch()
        self._caller = caller
        self._name = f"{type(self).__name__.lower()} {next(_numbers)}"
        self._loop = asyncio.get_running_loop()
        self._outbox: deque[do.LiveMessage] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._turn = asyncio.Lock()
        self._waiting: asyncio.Timeout | None = None
        self._close: Close | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._source: S | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._working: asyncio.Task[None] | None = None
        self._tell(connection.begin())
        self._arm()

    async def receive(self, message: bytes | str) -> None:
        """Take a client's frame; returns once there is room for the next, or at the end."""
        if self._close is not None:
            await asyncio.sleep(0)  # who goes on sending must not keep the others from running
            return
        if self.interrupt(message):
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

    async def next(self) -> do.LiveMessage | Close:
        """The next message to send; after a `Close` comes nothing but it again."""
        while True:
            if self._outbox:
                message = self._outbox.popleft()
                self._taken(message)
                if not self._full:
                    self._room.set()
                return message
            if self._close is not None:
                return self._close
            self._news.clear()
            await self._news.wait()

    def interrupt(self, message: bytes | str) -> bool:
        """Take a frame before those that came earlier, and forget these; False where it is none for that."""
        return False

    def drain(self) -> None:
        """Take in no more, and close once what came is worked off."""
        actions = self._connection.drain()
        if actions and self._close is None:
            self._begin(self._drain(actions))

    def end(self, code: int, reason: str) -> None:
        """Drop everything that is not done; `next` gives what is left to say, then this close."""
        if self._close is None:
            self._close = Close(code, reason)
        if self._timer is not None:
            self._timer.cancel()
        if self._source is not None:
            self._source.cancel()
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

    @abstractmethod
    def _open(self, action: do.Begin) -> S:
        """What the provider gives for this; raises what it raises."""

    @abstractmethod
    async def _instruct(self, source: S, action: do.Input) -> None:
        """Pass on what the client wants."""

    @abstractmethod
    def _told(self, event: E | Done | Failed) -> list[do.Action]:
        """What an event leads to."""

    @property
    def _full(self) -> bool:
        return len(self._outbox) >= BACKLOG

    def _post(self, message: do.LiveMessage) -> None:
        """Put a message behind those that wait."""
        self._outbox.append(message)
        self._news.set()

    def _taken(self, message: do.LiveMessage) -> None:
        """A message waits no more."""

    def _tell(self, actions: list[do.Action]) -> None:
        """Do what needs no waiting: begin, send and close."""
        pending = deque(actions)
        while pending and self._close is None:
            action = pending.popleft()
            if isinstance(action, do.Send):
                self._post(action.message)
            elif isinstance(action, Close):
                self.end(action.code, action.reason)
            elif isinstance(action, do.Begin) and (error := self._start(action)) is not None:
                pending = deque(self._connection.refuse(error))

    def _start(self, action: do.Begin) -> MynaError | None:
        try:
            source = self._source = self._open(action)
        except Exception as error:
            return self._typed(error)
        self._working = self._begin(self._work(source))
        return None

    async def _perform(self, actions: list[do.Action]) -> None:
        for action in actions:
            if not isinstance(action, do.Input):
                self._tell([action])
                continue
            if self._source is None or self._close is not None:
                continue
            try:
                await self._instruct(self._source, action)
            except Exception as caught:
                error = self._typed(caught)
                if isinstance(action, do.Configure):
                    self._tell(self._connection.reject(error))
                else:
                    await self._fail(error)

    async def _drain(self, actions: list[do.Action]) -> None:
        async with self._turn:
            await self._perform(actions)

    async def _work(self, source: S) -> None:
        try:
            events = cast("AsyncGenerator[E | Done | Failed, None]", self._events(source))
            async with aclosing(events):
                async for event in events:
                    self._tell(self._told(event))
                    self._arm()
                    if isinstance(event, Done | Failed):
                        return
                    while self._full:
                        self._room.clear()
                        await self._room.wait()
            error: MynaError = EngineError(
                f"The {self._connection.work} ended without saying so; connect again."
            )
        except Exception as caught:
            error = self._typed(caught)
        self._tell(self._told(Failed(error)))

    def _events(self, source: S) -> AsyncIterator[object]:
        return source.events()

    async def _fail(self, error: MynaError) -> None:
        """End with this error, unless the events tell of it; what was told before goes first."""
        if self._working is not None:
            await asyncio.wait({self._working}, timeout=CLOSE_SECONDS)
        self._tell(self._told(Failed(error)))

    def _typed(self, error: Exception) -> MynaError:
        if isinstance(error, MynaError):
            return error
        work = self._connection.work
        logger.error("request %s: %s failed", self._connection.request_id, work, exc_info=error)
        return EngineError(f"The {work} failed unexpectedly; connect again.")

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
