"""What drives a `ServerConnection`: speech for its contexts, one message after the other for its client."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from dataclasses import replace
from itertools import count

from myna.conversation.stream import Ready, Stream
from myna.conversation.watch import Watch
from myna.providers.protocols import Provider
from myna.speech.access import LOCAL, Caller
from myna.speech.errors import EngineError, MynaError, Overloaded
from myna.speech.events import Done, Failed, Flushed, WordTimes
from myna.wire.cartesia import actions as do
from myna.wire.cartesia.delivery import delivery_of
from myna.wire.cartesia.messages import GenerationConfig, GenerationRequest, ServerMessage
from myna.wire.cartesia.requests import output_format, speech_request
from myna.wire.cartesia.server import ServerConnection

_UNSAID = GenerationConfig()

OUTBOX_LIMIT = 4096
"""Answers that need no speech (errors, ends of nothing) and wait for a client that does not read."""

logger = logging.getLogger("myna.conversation")

_numbers = count(1)


class Conversation:
    """Speaks with one client: messages in, messages out, both typed; lives on the running event loop.

    `receive` never waits. `next` gives the messages in the order in which they are to be sent: the
    contexts take turns, each in its own order. A client that takes no messages suspends its speech.

    Example:
        >>> conversation = Conversation(provider, ServerConnection(now=loop.time()))
        >>> conversation.receive(request)
        >>> while not isinstance(message := await conversation.next(), Close):
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
        self._caller = caller
        self._connection = connection
        self._watch = watch or Watch()
        self._name = f"conversation {next(_numbers)}"
        self._loop = asyncio.get_running_loop()
        self._streams: dict[str | None, Stream] = {}
        self._turns: deque[Stream] = deque()
        self._outbox: deque[ServerMessage] = deque()
        self._stopping: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._close: do.Close | None = None
        self._draining = False
        self._timer: asyncio.TimerHandle | None = None
        self._arm()

    @property
    def contexts(self) -> int:
        """Contexts that have not ended."""
        return len(self._streams)

    def receive(self, request: GenerationRequest) -> None:
        """Take a client's message."""
        if self._close is None:
            self._perform(self._connection.receive(request, self._loop.time()))
            self._arm()

    def reject(self, error: MynaError) -> None:
        """Answer a message that could not be read."""
        if self._close is None:
            self._perform(self._connection.reject(error, self._loop.time()))
            self._arm()

    async def next(self) -> ServerMessage | do.Close:
        """The next message to send; after a `Close` comes nothing but it again."""
        while True:
            message = self._take()
            if message is not None:
                return message
            if self._close is not None:
                return self._close
            self._news.clear()
            await self._news.wait()

    def drain(self) -> None:
        """Begin no more contexts, and close once those that live have ended."""
        self._draining = True
        self._settle()

    def end(self, code: int, reason: str) -> None:
        """Drop everything that speaks; `next` gives what is left to say, then this close."""
        if self._close is None:
            self._close = do.Close(code, reason)
        for stream in list(self._streams.values()):
            self._stop(stream)
        if self._timer is not None:
            self._timer.cancel()
        self._news.set()

    async def aclose(self) -> None:
        """Free every engine and wait until all is quiet; idempotent."""
        self.end(1001, "going away")
        self._outbox.clear()
        if self._stopping:
            await asyncio.wait(self._stopping, timeout=5.0)

    def _perform(self, actions: list[do.Action]) -> None:
        pending = deque(actions)
        while pending and self._close is None:
            action = pending.popleft()
            if isinstance(action, do.Send):
                self._post(action.message)
            elif isinstance(action, do.Close):
                self.end(action.code, action.reason)
            elif (error := self._attempt(action)) is not None:
                rest = [each for each in pending if not _concerns(each, action.context_id)]
                failed = self._connection.fail(action.context_id, error, self._loop.time())
                pending = deque([*failed, *rest])
        self._settle()

    def _post(self, message: ServerMessage) -> None:
        if len(self._outbox) >= OUTBOX_LIMIT:
            self.end(1008, "too many unread answers")
            return
        self._outbox.append(message)
        self._news.set()

    def _attempt(self, action: do.Open | do.Feed | do.Flush | do.Finish | do.Cancel) -> MynaError | None:
        """Do it; an error leaves nothing of the context here."""
        stream = self._streams.get(action.context_id)
        try:
            if isinstance(action, do.Open):
                self._open(action.context_id, action.request)
            elif stream is not None:
                self._instruct(stream, action)
        except Exception as error:
            if stream is not None and self._streams.get(action.context_id) is stream:
                self._stop(stream)
            return self._typed(error, action.context_id)
        return None

    def _open(self, context_id: str | None, request: GenerationRequest) -> None:
        if self._draining:
            raise Overloaded("The server is shutting down; connect again.", retry_after=1.0)
        asked = speech_request(request, self._connection.version, self._caller)
        asked = replace(asked, connection=self._name)
        format = output_format(request.output_format, "stream")
        self._watch.enter()
        try:
            self._streams[context_id] = Stream(
                context_id,
                self._provider.speak(asked),
                format,
                begun=self._loop.time(),
                request_id=self._connection.request_id,
                on_ready=self._on_ready,
            )
        except BaseException:
            self._watch.leave()
            raise

    def _instruct(self, stream: Stream, action: do.Feed | do.Flush | do.Finish | do.Cancel) -> None:
        match action:
            case do.Feed(_, text, request):
                changed = stream.fed and request.generation_config not in (None, _UNSAID)
                stream.speech.push(text, delivery_of(request) if changed else None)
                stream.fed = True
                self._watch.text(len(text))
            case do.Flush():
                stream.speech.flush()
            case do.Finish():
                stream.speech.finish()
            case do.Cancel():
                self._stop(stream)

    def _typed(self, error: Exception, context_id: str | None) -> MynaError:
        if isinstance(error, MynaError):
            return error
        logger.error("request %s: context %r failed", self._connection.request_id, context_id, exc_info=error)
        return EngineError("The speech failed unexpectedly; try again.")

    def _stop(self, stream: Stream) -> None:
        self._leave(stream)
        stream.stop()

    def _leave(self, stream: Stream) -> None:
        del self._streams[stream.context_id]
        self._watch.leave()
        if not stream.task.done():
            self._stopping.add(stream.task)
            stream.task.add_done_callback(self._stopping.discard)

    def _on_ready(self, stream: Stream) -> None:
        if not stream.queued:
            stream.queued = True
            self._turns.append(stream)
            self._news.set()

    def _take(self) -> ServerMessage | None:
        while not self._outbox and self._turns:
            stream = self._turns.popleft()
            stream.queued = False
            if not stream.waiting:
                continue
            message = self._message(stream, stream.take())
            if stream.waiting:
                self._on_ready(stream)
            if message is not None:
                return message
        return self._outbox.popleft() if self._outbox else None

    def _message(self, stream: Stream, item: Ready) -> ServerMessage | None:
        connection, context_id, now = self._connection, stream.context_id, self._loop.time()
        if isinstance(item, bytes):
            if not stream.heard:
                stream.heard = True
                self._watch.first_audio(now - stream.begun)
            self._watch.audio(stream.seconds(len(item)))
            step_time = (now - stream.sent_at) * 1000.0
            stream.sent_at = now
            return connection.chunk(context_id, item, round(step_time, 3), now)
        if isinstance(item, WordTimes):
            return connection.words(context_id, item, now)
        if isinstance(item, Flushed):
            return connection.flushed(context_id, now)
        if isinstance(item, (Done, Failed)):
            self._leave(stream)
            ended = (
                connection.fail(context_id, item.error, now)
                if isinstance(item, Failed)
                else connection.done(context_id, now)
            )
            self._perform(ended)
            self._arm()
            return None
        return connection.phonemes(context_id, item, now)

    def _settle(self) -> None:
        if self._draining and not self._streams and self._close is None:
            self.end(1001, "server shutting down")

    def _arm(self) -> None:
        deadline = self._connection.deadline()
        if deadline is None or deadline == math.inf or self._close is not None:
            return
        if self._timer is not None:
            if not self._timer.cancelled() and self._timer.when() <= deadline:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        self._perform(self._connection.expire(self._loop.time(), self._busy))
        self._arm()

    def _busy(self, context_id: str | None) -> bool:
        stream = self._streams.get(context_id)
        return stream is not None and stream.waiting


def _concerns(action: do.Action, context_id: str | None) -> bool:
    """Whether an action drives the speech of this context."""
    return not isinstance(action, do.Send | do.Close) and action.context_id == context_id
