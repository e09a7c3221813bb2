"""The server's end of `/tts/websocket`, without the socket, the clock and the speech."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from myna.speech.errors import InvalidRequest, MynaError, Overloaded
from myna.speech.events import PhonemeTimes, WordTimes
from myna.wire.cartesia.actions import Action, Cancel, Close, Feed, Finish, Flush, Open, Send
from myna.wire.cartesia.errors import error_event
from myna.wire.cartesia.events import phoneme_timestamps, word_timestamps
from myna.wire.cartesia.lifecycle import Move, Phase, after, moves
from myna.wire.cartesia.messages import (
    Chunk,
    Done,
    FlushDone,
    GenerationRequest,
    PhonemeTimestamps,
    Timestamps,
)
from myna.wire.cartesia.versions import DEFAULT_VERSION, first_flush_id

MAX_DEFERRED = 64
"""Messages that may wait for the end of a context whose last input has come."""

MAX_DEFERRED_TEXT = 1 << 20
"""Characters that may wait so on one connection."""

MAX_FLUSHES = 1024
"""Flushes of one context that may wait for their segments."""

MAX_CONTEXT_ID = 1000
"""Characters of a context's id, which comes back with every message."""

IDLE_CLOSE = Close(1000, "connection idle timeout")


@dataclass(slots=True)
class _Context:
    segment: int
    phase: Phase = Phase.FREE
    flushes_owed: int = 0
    numbered: bool = False
    deferred: deque[GenerationRequest] = field(default_factory=deque)


class ServerConnection:
    """Knows the contexts of one connection: what each message asks for, and what is sent in answer.

    Requests become actions; events of the speech that the actions began become messages. Times are
    seconds of any clock that does not go back, given as `now`.

    A message for a context whose last input has come waits for the end of it and then begins a new
    context of that id. So do messages without an id, each of which is a context of its own.

    Args:
        version: version of the API that the client speaks.
        now: the time of the connection's beginning.
        request_id: what errors of this connection carry.
        max_contexts: contexts that may live at once.
        expiry: seconds after the last audio and the last input at which an open context is closed.
        idle: seconds without message and context at which the connection is closed.
    """

    def __init__(
        self,
        version: str = DEFAULT_VERSION,
        *,
        now: float,
        request_id: str = "",
        max_contexts: int = 256,
        expiry: float = 5.0,
        idle: float = 300.0,
    ) -> None:
        self.version = version
        self.request_id = request_id
        self._first_segment = first_flush_id(version)
        self._max_contexts = max_contexts
        self._expiry = expiry
        self._idle = idle
        self._contexts: dict[str | None, _Context] = {}
        self._touched: OrderedDict[str | None, float] = OrderedDict()
        self._quiet_since = now
        self._deferred_text = 0

    @property
    def live(self) -> tuple[str | None, ...]:
        """The contexts that have not ended."""
        return tuple(self._contexts)

    def receive(self, request: GenerationRequest, now: float) -> list[Action]:
        """What a client's message asks for."""
        self._quiet_since = now
        context_id = request.context_id
        context = self._contexts.get(context_id)
        if context is None:
            return self._begin(context_id, request, now)
        if request.cancel:
            return self._cancel(context_id, context)
        if context.phase is Phase.CLOSING:
            return self._defer(context_id, context, request)
        return self._advance(context_id, context, request, now)

    def reject(self, error: MynaError, now: float) -> list[Action]:
        """What follows from a message that could not be read; it ends the context that it names."""
        self._quiet_since = now
        if error.context_id is not None and error.context_id in self._contexts:
            return [Cancel(error.context_id), *self.fail(error.context_id, error, now)]
        return [self._error(error.context_id, error)]

    def chunk(self, context_id: str | None, data: bytes, step_time: float, now: float) -> Chunk:
        """Audio of a context; `step_time` in milliseconds."""
        context = self._output(context_id, now)
        message = Chunk(context_id=context_id, data=data, step_time=step_time)
        if context.numbered:
            message.flush_id = context.segment
        return message

    def words(self, context_id: str | None, times: WordTimes, now: float) -> Timestamps:
        """Word times of a context."""
        context = self._output(context_id, now)
        message = word_timestamps(context_id, times)
        if context.numbered:
            message.flush_id = context.segment
        return message

    def phonemes(self, context_id: str | None, times: PhonemeTimes, now: float) -> PhonemeTimestamps:
        """Phoneme times of a context."""
        context = self._output(context_id, now)
        message = phoneme_timestamps(context_id, times)
        if context.numbered:
            message.flush_id = context.segment
        return message

    def flushed(self, context_id: str | None, now: float) -> FlushDone:
        """The end of a segment that a flush asked for."""
        context = self._output(context_id, now)
        message = FlushDone(context_id=context_id, flush_id=context.segment)
        context.segment += 1
        context.flushes_owed = max(context.flushes_owed - 1, 0)
        return message

    def done(self, context_id: str | None, now: float) -> list[Action]:
        """All speech of a context is out."""
        context = self._contexts[context_id]
        owed: list[Action] = [Send(self.flushed(context_id, now)) for _ in range(context.flushes_owed)]
        return [*owed, Send(Done(context_id=context_id)), *self._end(context_id, context, now)]

    def fail(self, context_id: str | None, error: MynaError, now: float) -> list[Action]:
        """A context could not begin or go on."""
        context = self._contexts[context_id]
        return [self._error(context_id, error), *self._end(context_id, context, now)]

    def deadline(self) -> float | None:
        """When `expire` has something to do at the earliest; None while all contexts are closing."""
        if self._touched:
            return next(iter(self._touched.values())) + self._expiry
        return None if self._contexts else self._quiet_since + self._idle

    def expire(self, now: float, busy: Callable[[str | None], bool]) -> list[Action]:
        """Close what has been left alone for too long.

        An expired context still speaks the text that it was given. One that is `busy` (has audio that
        the client did not take yet) is not left alone.
        """
        actions: list[Action] = []
        while self._touched:
            context_id, touched = next(iter(self._touched.items()))
            if touched + self._expiry > now:
                break
            if busy(context_id):
                self._touch(context_id, now)
                continue
            context = self._contexts[context_id]
            self._step(context_id, context, Move.LAST)
            actions.append(Finish(context_id))
        if not self._contexts and self._quiet_since + self._idle <= now:
            actions.append(IDLE_CLOSE)
        return actions

    def _begin(self, context_id: str | None, request: GenerationRequest, now: float) -> list[Action]:
        if request.cancel:
            return []
        if context_id is not None and len(context_id) > MAX_CONTEXT_ID:
            too_long = InvalidRequest(
                f"context_id is longer than {MAX_CONTEXT_ID} characters; use a short one."
            )
            return [self._error(None, too_long)]
        if request.transcript is None:
            missing = InvalidRequest(
                "transcript is missing; send the text to speak, or an empty one to close."
            )
            return [self._error(context_id, missing)]
        if not request.transcript:
            return self._answer_empty(context_id, request)
        if len(self._contexts) >= self._max_contexts:
            return [
                self._error(
                    context_id,
                    Overloaded(
                        f"This connection has {self._max_contexts} contexts already; "
                        "wait until one has ended, or open another connection.",
                        retry_after=1.0,
                    ),
                )
            ]
        context = self._contexts[context_id] = _Context(self._first_segment)
        return [Open(context_id, request), *self._advance(context_id, context, request, now)]

    def _answer_empty(self, context_id: str | None, request: GenerationRequest) -> list[Action]:
        asked = moves(request)
        if Move.LAST in asked:
            return [Send(Done(context_id=context_id))]
        if Move.FLUSH in asked:
            return [Send(FlushDone(context_id=context_id, flush_id=self._first_segment))]
        return []

    def _advance(
        self, context_id: str | None, context: _Context, request: GenerationRequest, now: float
    ) -> list[Action]:
        actions: list[Action] = []
        if context.flushes_owed >= MAX_FLUSHES:
            return self._overrun(context_id, context, "Too many flushes wait for their segments.")
        if request.transcript:
            actions.append(Feed(context_id, request.transcript, request))
        for move in moves(request):
            self._step(context_id, context, move)
            if move is Move.FLUSH:
                context.flushes_owed += 1
                context.numbered = True
                actions.append(Flush(context_id))
            elif move is Move.LAST:
                actions.append(Finish(context_id))
        if context.phase is Phase.OPEN:
            self._touch(context_id, now)
        return actions

    def _defer(self, context_id: str | None, context: _Context, request: GenerationRequest) -> list[Action]:
        if context.flushes_owed >= MAX_FLUSHES:
            return self._overrun(context_id, context, "Too many flushes wait for their segments.")
        if not request.transcript and not context.deferred:
            context.flushes_owed += Move.FLUSH in moves(request)
            return []
        text = len(request.transcript or "")
        if len(context.deferred) >= MAX_DEFERRED or self._deferred_text + text > MAX_DEFERRED_TEXT:
            return self._overrun(context_id, context, "Too many messages wait for the end of this context.")
        context.deferred.append(request)
        self._deferred_text += text
        return []

    def _overrun(self, context_id: str | None, context: _Context, cause: str) -> list[Action]:
        self._forget_deferred(context)
        full = Overloaded(f"{cause} Send less before reading.", retry_after=1.0)
        return [Cancel(context_id), *self.fail(context_id, full, self._quiet_since)]

    def _forget_deferred(self, context: _Context) -> list[GenerationRequest]:
        deferred = list(context.deferred)
        self._deferred_text -= sum(len(request.transcript or "") for request in deferred)
        context.deferred.clear()
        return deferred

    def _cancel(self, context_id: str | None, context: _Context) -> list[Action]:
        self._step(context_id, context, Move.CANCEL)
        self._forget_deferred(context)
        self._end(context_id, context, self._quiet_since)
        return [Cancel(context_id), Send(Done(context_id=context_id))]

    def _end(self, context_id: str | None, context: _Context, now: float) -> list[Action]:
        self._step(context_id, context, Move.END)
        del self._contexts[context_id]
        self._quiet_since = now
        waiting = self._forget_deferred(context)
        return [action for request in waiting for action in self.receive(request, now)]

    def _output(self, context_id: str | None, now: float) -> _Context:
        context = self._contexts[context_id]
        context.phase = after(context.phase, Move.OUTPUT, context_id)
        if context.phase is Phase.OPEN:
            self._touch(context_id, now)
        return context

    def _step(self, context_id: str | None, context: _Context, move: Move) -> None:
        context.phase = after(context.phase, move, context_id)
        if context.phase is not Phase.OPEN:
            self._touched.pop(context_id, None)

    def _touch(self, context_id: str | None, now: float) -> None:
        self._touched[context_id] = now
        self._touched.move_to_end(context_id)

    def _error(self, context_id: str | None, error: MynaError) -> Send:
        return Send(error_event(error, context_id=context_id, request_id=error.request_id or self.request_id))
