"""What all doors of one server share: the provider, who is inside, and whether it is closing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from myna.conversation import Conversation, Watch
from myna.providers.protocols import Provider
from myna.server.keys import Keys
from myna.server.metrics import Metrics
from myna.server.refusals import ShuttingDown
from myna.server.settings import Settings
from myna.speech.errors import Overloaded


class House(Watch):
    """Admits streams of speech and sockets within the limits, counts them, and empties itself."""

    def __init__(self, provider: Provider, settings: Settings) -> None:
        self.provider = provider
        self.settings = settings
        self.limits = settings.limits
        self.keys = Keys(settings.keys)
        self.metrics = Metrics(self._restarts)
        self.ready = False
        self.draining = False
        self.failure: BaseException | None = None
        self._streams = 0
        self._conversations: set[Conversation] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    async def open(self) -> None:
        """Get ready; what prevents it is kept as `failure`."""
        try:
            await self.provider.start()
        except BaseException as error:
            self.failure = error
            raise
        self.ready, self.draining = True, False

    @property
    def sockets(self) -> int:
        """WebSockets that are open."""
        return len(self._conversations)

    @property
    def quiet(self) -> bool:
        """Whether nothing is spoken and no socket is open."""
        return self._empty.is_set()

    def enter(self) -> None:
        """Admit one stream of speech."""
        if self.draining:
            raise ShuttingDown
        if self._streams >= self.limits.contexts:
            raise Overloaded(
                f"The server speaks {self._streams} texts at once already; try again soon.", retry_after=1.0
            )
        self._streams += 1
        self.metrics.contexts.inc()
        self.metrics.contexts_begun.inc()
        self._note()

    def leave(self) -> None:
        """One stream of speech has ended."""
        self._streams -= 1
        self.metrics.contexts.dec()
        self._note()

    def first_audio(self, seconds: float) -> None:
        """Count how long a client waited."""
        self.metrics.first_audio.observe(seconds)

    def audio(self, seconds: float) -> None:
        """Count audio."""
        self.metrics.audio_seconds.inc(seconds)

    def check_room(self) -> None:
        """Whether one more socket may open.

        Raises:
            Overloaded: there are too many, or the server is shutting down.
        """
        if self.draining:
            raise ShuttingDown
        if len(self._conversations) >= self.limits.sockets:
            raise Overloaded(
                f"The server has {self.limits.sockets} open sockets already; try again soon.", retry_after=5.0
            )

    @contextmanager
    def host(self, conversation: Conversation) -> Iterator[None]:
        """Count a socket while it is open."""
        self._conversations.add(conversation)
        self.metrics.sockets.inc()
        self._note()
        if self.draining:
            conversation.drain()
        try:
            yield
        finally:
            self._conversations.discard(conversation)
            self.metrics.sockets.dec()
            self._note()

    def drain(self) -> None:
        """Take on nothing new; sockets close when their speech has ended."""
        self.draining = True
        for conversation in list(self._conversations):
            conversation.drain()

    def evict(self) -> None:
        """Close all sockets now."""
        for conversation in list(self._conversations):
            conversation.end(1001, "server shutting down")

    async def emptied(self) -> None:
        """Wait until nobody is inside."""
        await self._empty.wait()

    def _restarts(self) -> float:
        pool = getattr(self.provider, "pool", None)
        return float(getattr(pool, "restarts", 0))

    def _note(self) -> None:
        if self._streams or self._conversations:
            self._empty.clear()
        else:
            self._empty.set()
