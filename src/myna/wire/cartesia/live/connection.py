"""The server's end of a socket that takes live audio, as far as all of them are the same."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from myna.speech.errors import MynaError, Overloaded
from myna.wire.cartesia.actions import Close
from myna.wire.cartesia.live.actions import Action, Finish, Send
from myna.wire.cartesia.live.lifecycle import Lifecycle, Move, Phase
from myna.wire.cartesia.server import IDLE_CLOSE

IDLE_SECONDS = 20.0
"""Silence of a client after which its connection is closed, where nothing else is set."""


class LiveConnection(ABC):
    """Knows one connection: what each message of the client asks for, and what is sent in answer.

    Messages become actions; events of what the actions began become messages. Times are seconds of any
    clock that does not go back, given as `now`. Audio that a client sends after its last command is ignored.

    Args:
        lifecycle: which of the sockets.
        query: names and values of the query that it was opened with.
        now: the time of the connection's beginning.
        request_id: what it is called.
        idle: seconds without a message of the client at which the connection is closed.
    """

    work = "work"
    """What the connection does, for errors."""

    def __init__(
        self,
        lifecycle: Lifecycle,
        query: Iterable[tuple[str, str]],
        *,
        now: float,
        request_id: str = "",
        idle: float = IDLE_SECONDS,
    ) -> None:
        self.lifecycle = lifecycle
        self.request_id = request_id
        self._query = list(query)
        self._idle = idle
        self._quiet_since = now
        self._input = Phase.OPEN
        self._output = lifecycle.begins
        self._over = False
        self._drained = False

    @property
    def over(self) -> bool:
        """Whether everything was said."""
        return self._over

    @abstractmethod
    def begin(self) -> list[Action]:
        """What the query asks for; one that cannot be leads to an error and the end."""

    @abstractmethod
    def receive(self, message: str | bytes, now: float) -> list[Action]:
        """What a client's message asks for: text is a command, bytes are audio."""

    def refuse(self, error: MynaError) -> list[Action]:
        """It could not begin."""
        return self._break(error)

    def reject(self, error: MynaError) -> list[Action]:
        """Answer what could not be done; the connection goes on."""
        return [] if self._over else [self._error(error)]

    def drain(self) -> list[Action]:
        """Take no more audio; once all that came is done, the connection goes away."""
        if self._over or self._drained:
            return []
        self._drained = True
        if self._input is Phase.CLOSED:
            return []
        self._take(Move.LAST)
        return [Finish()]

    def deadline(self) -> float | None:
        """When `expire` has something to do at the earliest; None while answers are owed."""
        if self._over or self._owes or self._input is Phase.CLOSED:
            return None
        return self._quiet_since + self._idle

    def expire(self, now: float, *, busy: bool) -> list[Action]:
        """Close a connection whose client has said nothing for too long.

        While it is `busy` (audio waits to be taken in, or answers to be taken), it is not idle.
        """
        if busy:
            self._quiet_since = now
        deadline = self.deadline()
        if deadline is None or deadline > now:
            return []
        self._over = True
        return [IDLE_CLOSE]

    @abstractmethod
    def _error(self, error: MynaError) -> Send:
        """The message that tells of an error."""

    @property
    def _owes(self) -> bool:
        """Whether the client waits for an answer while it may send more."""
        return False

    def _take(self, move: Move) -> None:
        self._input = self.lifecycle.after_input(self._input, move)

    def _give(self, move: Move) -> None:
        self._output = self.lifecycle.after_output(self._output, move)

    def _break(self, error: MynaError) -> list[Action]:
        if self._over:
            return []
        sent = self._error(error)
        self._over = True
        return [sent, Close(*self._farewell(error))]

    def _bye(self) -> Close:
        self._over = True
        return Close(1001, "server shutting down") if self._drained else Close(1000, "")

    def _farewell(self, error: MynaError) -> tuple[int, str]:
        if isinstance(error, Overloaded):
            return 1013, "try again later"
        if error.status_code < 500 or error.status_code == 501:
            return 1008, "invalid request"
        return 1011, f"{self.work} failed"
