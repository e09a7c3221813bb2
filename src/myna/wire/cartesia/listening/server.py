"""The server's end of the sockets that listen, without the socket, the clock and the engine."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET

from myna.speech.errors import EngineError, InvalidRequest, MynaError, Overloaded
from myna.speech.events import Done, Failed
from myna.speech.listening import (
    Final,
    Finalized,
    ListeningEvent,
    Partial,
    TimedWord,
    TurnEagerEnd,
    TurnEnd,
    TurnEvent,
    TurnResume,
    Turns,
    TurnUpdate,
)
from myna.wire.cartesia.errors import error_event
from myna.wire.cartesia.listening.commands import configured, read_command
from myna.wire.cartesia.listening.lifecycle import MANUAL, MOVES
from myna.wire.cartesia.listening.messages import (
    Connected,
    HeardDone,
    HeardError,
    HeardFlushDone,
    HeardMessage,
    Transcript,
    TurnEagerlyEnded,
    TurnEnded,
    TurnResumed,
    TurnStarted,
    TurnUpdated,
    Word,
)
from myna.wire.cartesia.listening.queries import listening_request
from myna.wire.cartesia.live.actions import Action, Configure, Feed, Finalize, Finish, Listen, Send
from myna.wire.cartesia.live.connection import IDLE_SECONDS, LiveConnection
from myna.wire.cartesia.live.lifecycle import Lifecycle, Move, Phase

MOST_FINALIZES = 1024
"""Requests to finalize that may wait for their answers."""


class ServerConnection(LiveConnection):
    """Knows one connection that listens; what a client sends after its last command is ignored."""

    work = "listening"

    def __init__(
        self,
        lifecycle: Lifecycle,
        query: Iterable[tuple[str, str]],
        *,
        now: float,
        request_id: str = "",
        idle: float = IDLE_SECONDS,
    ) -> None:
        super().__init__(lifecycle, query, now=now, request_id=request_id, idle=idle)
        self._finalizes = 0
        self._until = 0.0
        self._text = ""
        self._language: str | None = None
        self._turns = Turns()

    def begin(self) -> list[Action]:
        """What the query asks for; one that cannot be leads to an error and the end."""
        try:
            request = listening_request(self._query, self.lifecycle)
        except InvalidRequest as error:
            return self.refuse(error)
        self._language = request.language
        if isinstance(request.endpointing, Turns):
            self._turns = request.endpointing
            return [Listen(request), self._send(Connected())]
        return [Listen(request)]

    def receive(self, message: str | bytes, now: float) -> list[Action]:
        """What a client's message asks for: text is a command, bytes are audio."""
        self._quiet_since = now
        if self._over or self._input is Phase.CLOSED:
            return []
        if isinstance(message, bytes):
            self._take(Move.AUDIO)
            return [Feed(message)] if message else []
        try:
            command = read_command(message, self.lifecycle)
            if command.move is Move.CONFIG:
                turns = configured(self._turns, command.turn)
            elif command.move is Move.FINALIZE and self._finalizes >= MOST_FINALIZES:
                raise Overloaded("Too many finalizes wait for their answers; read before you send more.")
        except MynaError as error:
            return self.reject(error)
        self._take(command.move)
        if command.move is Move.CONFIG:
            self._turns = turns
            return [Configure(turns)]
        if command.move is Move.FINALIZE:
            self._finalizes += 1
            return [Finalize()]
        return [Finish()]

    def heard(self, event: ListeningEvent, now: float) -> list[Action]:
        """What the client is told of an event."""
        if self._over:
            return []
        match event:
            case Partial() | Final():
                return [self._send(self._transcript(event))]
            case Finalized():
                self._quiet_since = now
                return self._flushed()
            case Done():
                return self._finish()
            case Failed(error):
                return self._break(error)
        return self._turn(event)

    @property
    def _owes(self) -> bool:
        return self._finalizes > 0

    def _send(self, message: HeardMessage) -> Send:
        self._give(MOVES[type(message)])
        message.request_id = self.request_id
        return Send(message)

    def _error(self, error: MynaError) -> Send:
        event = error_event(error, context_id=None, request_id=self.request_id)
        return self._send(
            HeardError(
                status_code=event.status_code,
                error=event.error,
                title=event.title,
                message=event.message,
                error_code=event.error_code,
            )
        )

    def _finish(self) -> list[Action]:
        if self._input is Phase.OPEN:
            return self._break(EngineError("The listening ended before its audio did; connect again."))
        actions: list[Action] = []
        while self._finalizes:
            actions += self._flushed()
        if self.lifecycle is MANUAL:
            actions.append(self._send(HeardDone()))
        elif self._output in (Phase.SPEAKING, Phase.MAYBE):
            actions.append(self._send(TurnEnded(transcript=self._text)))
        return [*actions, self._bye()]

    def _flushed(self) -> list[Action]:
        if not self._finalizes:
            return []
        self._finalizes -= 1
        return [self._send(HeardFlushDone())]

    def _transcript(self, event: Partial | Final) -> Transcript:
        final = isinstance(event, Final)
        language = (event.language if isinstance(event, Final) else None) or self._language
        begun = event.start if isinstance(event, Final) else self._until
        if final:
            self._until = event.until
        return Transcript(
            text=event.text,
            is_final=final,
            duration=_exact(max(event.until - begun, 0.0)),
            language=language or UNSET,
            words=_words(event.words),
        )

    def _turn(self, event: TurnEvent | object) -> list[Action]:
        """What a turn event says, with what has to be said before it by the table."""
        actions: list[Action] = []
        if self._output is Phase.IDLE:
            if isinstance(event, TurnResume):
                return []
            self._text = ""
            actions.append(self._send(TurnStarted()))
        elif self._output is Phase.MAYBE and isinstance(event, TurnUpdate | TurnEagerEnd | TurnResume):
            actions.append(self._send(TurnResumed()))
        match event:
            case TurnUpdate(text):
                self._text = text
                actions.append(self._send(TurnUpdated(transcript=text)))
            case TurnEagerEnd(text):
                self._text = text
                actions.append(self._send(TurnEagerlyEnded(transcript=text)))
            case TurnEnd(text):
                actions.append(self._send(TurnEnded(transcript=text)))
        return actions


def _words(words: tuple[TimedWord, ...]) -> list[Word]:
    return [Word(word=word.text, start=_exact(word.start), end=_exact(word.end)) for word in words]


def _exact(seconds: float) -> float:
    """Without the noise of binary fractions."""
    return round(seconds, 4) + 0.0
