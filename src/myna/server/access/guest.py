"""Somebody who speaks here: one HTTP request or one WebSocket, and all that it has begun."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from myna.conversation import Audition, Conversation, Dubbing, Watch
from myna.speech.access import Caller, KeyLimits
from myna.speech.errors import AuthError, Overloaded

if TYPE_CHECKING:
    from myna.server.house import House
    from myna.server.metrics import Streams

REVOKED = "this API key is no longer good"


class Guest(Watch):
    """Admits streams of speech within the limits of a key and of the server, and counts them.

    Attributes:
        caller: who speaks.
    """

    def __init__(self, house: House, caller: Caller, limits: KeyLimits) -> None:
        self.caller = caller
        self._house = house
        self._limits = limits
        self._conversation: Conversation | Audition | Dubbing | None = None
        self._serving: asyncio.Task[object] | None = None
        self._expelled = asyncio.Event()

    @property
    def key_id(self) -> str | None:
        """The key that was shown."""
        return self.caller.key_id

    def check_room(self) -> None:
        """Whether one more stream of speech may begin: to be asked before anything is done for it.

        Raises:
            Overloaded: there are too many, or the server is shutting down.
        """
        self._house.check_open()
        with self._refusals_counted():
            self._house.admission.check_context(self.key_id, self._limits)

    def enter(self) -> None:
        """Admit one stream of speech."""
        house = self._house
        house.check_open()
        with self._refusals_counted():
            if self._conversation is not None:  # on a socket, a context is what a request is elsewhere
                house.admission.check_context(self.key_id, self._limits)
                house.count_request(self.key_id, self._limits)
            house.admission.begin_context(self.key_id, self._limits)
        house.metrics.contexts.inc()
        house.metrics.contexts_begun.inc()
        house.note()

    def leave(self) -> None:
        """One stream of speech has ended."""
        self._house.admission.end_context(self.key_id)
        self._house.metrics.contexts.dec()
        self._house.note()

    def text(self, characters: int) -> None:
        """Count text."""
        self._house.tally.add(self.key_id, characters=characters)

    def first_audio(self, seconds: float) -> None:
        """Count how long a client waited."""
        self._house.metrics.first_audio.observe(seconds)

    def audio(self, seconds: float) -> None:
        """Count audio."""
        self._house.metrics.audio_seconds.inc(seconds)
        self._house.tally.add(self.key_id, audio_seconds=seconds)

    def heard(self, seconds: float) -> None:
        """Count audio that came in."""
        self._house.metrics.heard_seconds.inc(seconds)
        self._house.tally.add(self.key_id, heard_seconds=seconds)

    @contextmanager
    def live(self, streams: Streams) -> Iterator[None]:
        """Count a stream of live audio, as a stream of speech is counted.

        Raises:
            Overloaded: there are too many, or the server is shutting down.
        """
        with self._refusals_counted():
            self._house.admission.check_context(self.key_id, self._limits)
        with self.working():
            streams.now.inc()
            streams.begun.inc()
            try:
                yield
            finally:
                streams.now.dec()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Count work on an engine that is no stream of speech, as if it were one.

        Raises:
            Overloaded: there is too much, or the server is shutting down.
        """
        house = self._house
        house.check_open()
        house.admission.begin_context(self.key_id, self._limits)
        house.note()
        try:
            yield
        finally:
            house.admission.end_context(self.key_id)
            house.note()

    @contextmanager
    def socket(self) -> Iterator[None]:
        """Count a WebSocket while it is open; to be entered before it is accepted.

        Raises:
            Overloaded: there are too many, or the server is shutting down.
        """
        house = self._house
        house.check_open()
        house.admission.open_socket(self.key_id, self._limits)
        house.metrics.sockets.inc()
        house.note()
        try:
            yield
        finally:
            house.admission.close_socket(self.key_id)
            house.metrics.sockets.dec()
            house.note()

    def converse(self, conversation: Conversation | Audition | Dubbing) -> None:
        """Speak, listen or be dubbed through a conversation from now on."""
        self._conversation = conversation
        if self._expelled.is_set():
            conversation.end(1008, REVOKED)
        elif self._house.draining:
            conversation.drain()

    async def served(self, work: Coroutine[None, None, None]) -> None:
        """Do the work, in a task of its own, unless the key loses its right in the midst of it.

        Raises:
            AuthError: it has; the work was cancelled.
        """
        if self._expelled.is_set():
            work.close()
            raise _no_longer_good()
        task = self._serving = asyncio.current_task()
        try:
            await work
        except asyncio.CancelledError:
            if not self._expelled.is_set():
                raise
            if task is not None:
                task.uncancel()
            raise _no_longer_good() from None
        finally:
            self._serving = None

    def expel(self) -> None:
        """End everything: the key is no longer good."""
        if self._expelled.is_set():
            return
        self._expelled.set()
        if self._conversation is not None:
            self._conversation.end(1008, REVOKED)
        if self._serving is not None:
            self._serving.cancel()

    def drain(self) -> None:
        """Begin nothing new."""
        if self._conversation is not None:
            self._conversation.drain()

    def evict(self) -> None:
        """Close the socket now."""
        if self._conversation is not None:
            self._conversation.end(1001, "server shutting down")

    @contextmanager
    def _refusals_counted(self) -> Iterator[None]:
        try:
            yield
        except Overloaded:
            self._house.metrics.contexts_refused.inc()
            raise


def _no_longer_good() -> AuthError:
    return AuthError(f"Stopped: {REVOKED}; use another.")
