"""The server's end of the socket that changes a voice, without the socket, the clock and the engine."""

from __future__ import annotations

from collections.abc import Iterable

from myna.speech.errors import EngineError, InvalidRequest, MynaError
from myna.speech.events import Done as Ended
from myna.speech.events import Failed
from myna.wire.cartesia.changing.lifecycle import CHANGING
from myna.wire.cartesia.changing.queries import ChangingQuery
from myna.wire.cartesia.errors import error_event
from myna.wire.cartesia.live.actions import Action, Cancel, Change, Feed, Finish, Send
from myna.wire.cartesia.live.connection import IDLE_SECONDS, LiveConnection
from myna.wire.cartesia.live.lifecycle import Move, Phase
from myna.wire.cartesia.messages import Chunk, Done, Error

ChangedMessage = Chunk | Done | Error
"""What is sent, where audio does not go in binary frames."""
DONE, CLOSE, CANCEL = "done", "close", "cancel"
"""What a client says: no more audio comes; or, in two ways, that no more is wanted."""
MOST_TEXT = 100
"""Characters of the longest text that is looked at."""

_MOVES = {DONE: Move.LAST, CLOSE: Move.CANCEL, CANCEL: Move.CANCEL}


class ServerConnection(LiveConnection):
    """Knows one connection that changes a voice."""

    work = "changing"

    def __init__(
        self,
        query: Iterable[tuple[str, str]],
        *,
        now: float,
        request_id: str = "",
        idle: float = IDLE_SECONDS,
    ) -> None:
        super().__init__(CHANGING, query, now=now, request_id=request_id, idle=idle)
        self._binary = False
        self._rate = 0
        self._cancelled = False

    def begin(self) -> list[Action]:
        """What the query asks for; one that cannot be leads to an error and the end."""
        try:
            wanted = ChangingQuery.parse(self._query)
        except InvalidRequest as error:
            return self.refuse(error)
        self._binary, self._rate = wanted.binary, wanted.output.sample_rate
        return [Change(wanted.request, wanted.output)]

    def receive(self, message: str | bytes, now: float) -> list[Action]:
        """What a client's message asks for: text is a command, bytes are audio."""
        self._quiet_since = now
        if self._over or self._cancelled:
            return []
        if isinstance(message, bytes):
            if self._input is Phase.CLOSED:
                return []
            self._take(Move.AUDIO)
            return [Feed(message)] if message else []
        move = _move(message)
        if move is None:
            return self.reject(_no_command(message))
        if move is Move.LAST:
            if self._input is Phase.CLOSED:
                return []
            self._take(move)
            return [Finish()]
        self._take(move)
        self._cancelled = True
        return [Cancel()]

    def cancels(self, message: str | bytes) -> bool:
        """Whether a message ends everything, and so is not to wait behind others."""
        return isinstance(message, str) and _move(message) is Move.CANCEL

    def changed(self, data: bytes, step_time: float) -> list[Action]:
        """Audio for the client, that took `step_time` milliseconds to make."""
        if self._over or self._cancelled:
            return []
        self._give(Move.CHUNK)
        if self._binary:
            return [Send(data)]
        return [Send(Chunk(data=data, sample_rate=self._rate, step_time=step_time))]

    def ended(self, event: Ended | Failed) -> list[Action]:
        """What the client is told at the end."""
        if self._over:
            return []
        if isinstance(event, Failed):
            return self._break(event.error)
        if self._input is Phase.OPEN:
            return self._break(EngineError("The changing ended before its audio did; connect again."))
        self._give(Move.DONE)
        return [Send(Done()), self._bye()]

    def _error(self, error: MynaError) -> Send:
        self._give(Move.ERROR)
        return Send(error_event(error, context_id=None, request_id=self.request_id))


def _move(text: str) -> Move | None:
    return _MOVES.get(text[:MOST_TEXT].strip().strip("\"'").strip())


def _no_command(text: str) -> InvalidRequest:
    shown = text[:40].encode("ascii", "backslashreplace").decode()
    return InvalidRequest(
        f"The text {shown!r} is no command of this socket; send done, close or cancel, and audio in "
        "binary frames."
    )
