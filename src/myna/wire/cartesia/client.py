"""The client's end of `/tts/websocket`, without the socket."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from myna.speech.errors import ConnectionLost, UsageError
from myna.wire.cartesia.lifecycle import Move, Phase, after, allowed, moves
from myna.wire.cartesia.messages import Error, FlushDone, GenerationRequest, ServerEvent, Unknown

_ABANDONED_LIMIT = 4096
"""Cancelled contexts whose end was not seen yet; a server may never send it."""


class Routed(NamedTuple):
    """An event and where it belongs.

    Attributes:
        context_id: the context, or None where it concerns the connection only.
        event: as it came.
        segment: number of the stretch between flushes that it belongs to, from 0.
        last: nothing follows in this context.
    """

    context_id: str | None
    event: ServerEvent
    segment: int = 0
    last: bool = False


@dataclass(slots=True)
class _Context:
    phase: Phase = Phase.FREE
    base: int | None = None
    flushed: int = 0


class ClientConnection:
    """Knows the contexts of one connection: what may be sent, and to whom each event belongs.

    Contexts are opened before anything is sent on them. Events of contexts that were cancelled, have
    ended or never were are swallowed, so that they cannot end another one.

    Example:
        >>> connection = ClientConnection()
        >>> connection.open("greeting")
        >>> connection.send(GenerationRequest(context_id="greeting", transcript="Hello."))
        >>> connection.receive(Done(context_id="greeting"))[0].last
        True
    """

    def __init__(self) -> None:
        self._live: dict[str | None, _Context] = {}
        self._abandoned: OrderedDict[str | None, None] = OrderedDict()
        self._lost: ConnectionLost | None = None

    @property
    def live(self) -> tuple[str | None, ...]:
        """Contexts that wait for events, in the order of their opening."""
        return tuple(self._live)

    @property
    def lost(self) -> ConnectionLost | None:
        """Why nothing more can be sent or will come; None while connected."""
        return self._lost

    def phase(self, context_id: str | None) -> Phase:
        """Where this context stands."""
        if context_id in self._live:
            return self._live[context_id].phase
        return Phase.CANCELLED if context_id in self._abandoned else Phase.FREE

    def open(self, context_id: str | None) -> None:
        """Register a context.

        Raises:
            UsageError: the id is in use.
            ConnectionLost: the connection has ended.
        """
        self._check_connected()
        if context_id in self._live:
            raise UsageError(
                f"A context {context_id!r} is still in use; choose another id.", context_id=context_id
            )
        if context_id in self._abandoned:
            raise UsageError(
                f"The context {context_id!r} was cancelled a moment ago; choose another id.",
                context_id=context_id,
            )
        self._live[context_id] = _Context()

    def send(self, request: GenerationRequest) -> None:
        """Note that this message is about to be sent.

        Raises:
            UsageError: its context was not opened, takes no more input, or has nothing to flush.
            ConnectionLost: the connection has ended.
        """
        self._check_connected()
        context = self._live.get(request.context_id)
        if context is None:
            raise UsageError(
                f"The context {request.context_id!r} has ended; open a new one.",
                context_id=request.context_id,
            )
        if request.cancel:
            self.cancel(request.context_id)
            return
        phase = context.phase
        for move in moves(request):
            if not allowed(phase, move):
                raise UsageError(_refusal(phase, move), context_id=request.context_id)
            phase = after(phase, move)
        context.phase = phase

    def cancel(self, context_id: str | None) -> bool:
        """Give up a context; whether the server has to be told. Unknown contexts are ignored."""
        context = self._live.pop(context_id, None)
        if context is None or context.phase is Phase.FREE or self._lost:
            return False
        self._abandon(context_id)
        return True

    def receive(self, event: ServerEvent) -> list[Routed]:
        """To whom an event belongs.

        An error that names no context ends every live one, since it may be meant for any of them; where
        none is live, it is the connection's.
        """
        context = self._live.get(event.context_id)
        if context is not None and context.phase is not Phase.FREE:
            return [self._deliver(event.context_id, context, event)]
        if isinstance(event, Error) and event.context_id is None:
            return self._deliver_to_all(event)
        if event.done:
            self._abandoned.pop(event.context_id, None)
        if isinstance(event, Unknown) and event.context_id is None:
            return [Routed(None, event)]
        return []

    def closed(self, code: int | None = None, reason: str = "") -> list[str | None]:
        """The connection has ended; the contexts that lost it. Idempotent: the first reason counts."""
        if self._lost is None:
            detail = f" with code {code}" if code is not None else ""
            detail += f" ({reason})" if reason else ""
            self._lost = ConnectionLost(
                f"The connection ended{detail}; connect again and send what was not spoken.",
                code=code,
                reason=reason,
            )
        waiting = list(self._live)
        self._live.clear()
        self._abandoned.clear()
        return waiting

    def _deliver(self, context_id: str | None, context: _Context, event: ServerEvent) -> Routed:
        segment = _segment(context, event)
        last = event.done
        context.phase = after(context.phase, Move.END if last else Move.OUTPUT, context_id)
        if last:
            del self._live[context_id]
        return Routed(context_id, event, segment, last)

    def _deliver_to_all(self, event: Error) -> list[Routed]:
        waiting = [id for id, context in self._live.items() if context.phase is not Phase.FREE]
        for id in waiting:
            del self._live[id]
            if id is not None:
                self._abandon(id)
        return [Routed(id, event, last=True) for id in waiting] or [Routed(None, event)]

    def _abandon(self, context_id: str | None) -> None:
        self._abandoned[context_id] = None
        if len(self._abandoned) > _ABANDONED_LIMIT:
            self._abandoned.popitem(last=False)

    def _check_connected(self) -> None:
        if self._lost is not None:
            raise self._lost


def _segment(context: _Context, event: ServerEvent) -> int:
    given = getattr(event, "flush_id", msgspec.UNSET)
    if not isinstance(given, int):
        return context.flushed
    if context.base is None:
        context.base = given
    if isinstance(event, FlushDone):
        context.flushed += 1
    return max(given - context.base, 0)


def _refusal(phase: Phase, move: Move) -> str:
    if phase is Phase.FREE and move is Move.FLUSH:
        return "There is nothing to flush yet; send text first."
    if phase is Phase.CLOSING:
        return "The context takes no more input after its last one; open a new context."
    return f"{move.name.lower()} cannot follow here; open a new context."
