"""What drives a `ServerConnection` that changes a voice: audio in, the same in another voice out."""

from __future__ import annotations

from dataclasses import replace

from myna.audio.encoder import Encoder
from myna.conversation.live import BACKLOG, Live
from myna.providers.protocols import Changing
from myna.speech.changing import ChangingEvent
from myna.speech.events import AudioChunk, Done, Failed
from myna.speech.formats import OutputFormat
from myna.wire.cartesia.changing.server import ServerConnection
from myna.wire.cartesia.live import actions as do
from myna.wire.cartesia.messages import Chunk

BACKLOG_BYTES = 64 * 1024
"""Audio that may wait for the client; then the engine waits."""
LARGEST_BYTES = 64 * 1024
"""Most audio in one message."""


class Dubbing(Live[ServerConnection, Changing, ChangingEvent]):
    """Changes the voice of one client.

    Example:
        >>> dubbing = Dubbing(provider, ServerConnection(query, now=loop.time()))
        >>> await dubbing.receive(audio)
        >>> await dubbing.receive("done")
        >>> while not isinstance(message := await dubbing.next(), Close):
        ...     play(message.data)
    """

    _encoder: Encoder | None = None
    _format: OutputFormat | None = None
    _bytes = 0
    _sent = 0.0

    def interrupt(self, message: bytes | str) -> bool:
        """Stop at once where that is what the message says."""
        if not self._connection.cancels(message):
            return False
        for action in self._connection.receive(message, self._loop.time()):
            if isinstance(action, do.Cancel) and self._source is not None:
                self._drop()
                self._source.cancel()
        return True

    def _open(self, action: do.Begin) -> Changing:
        assert isinstance(action, do.Change)
        request = replace(action.request, caller=self._caller, connection=self._name)
        changing = self._provider.change(request)
        self._encoder, self._format = Encoder(action.output), action.output
        self._sent = self._loop.time()
        return changing

    async def _instruct(self, source: Changing, action: do.Input) -> None:
        match action:
            case do.Feed(audio):
                await source.feed(audio)
            case do.Finish():
                await source.finish()

    def _told(self, event: ChangingEvent) -> list[do.Action]:
        if self._encoder is None:  # it failed before it began
            return self._connection.ended(event) if isinstance(event, Done | Failed) else []
        if isinstance(event, AudioChunk):
            self._watch.audio(len(event.samples) / event.sample_rate)
            return self._changed(self._encoder.encode(event))
        rest = self._changed(self._encoder.finish()) if isinstance(event, Done) else []
        return [*rest, *self._connection.ended(event)]

    def _changed(self, data: bytes) -> list[do.Action]:
        if not data:
            return []
        now = self._loop.time()
        step_time, self._sent = round((now - self._sent) * 1000, 3), now
        cuts = range(0, len(data), LARGEST_BYTES)
        return [
            action
            for at in cuts
            for action in self._connection.changed(data[at : at + LARGEST_BYTES], step_time)
        ]

    @property
    def _full(self) -> bool:
        return self._bytes >= BACKLOG_BYTES or len(self._outbox) >= BACKLOG

    def _post(self, message: do.LiveMessage) -> None:
        self._bytes += _size(message)
        super()._post(message)

    def _taken(self, message: do.LiveMessage) -> None:
        self._bytes -= _size(message)

    def _drop(self) -> None:
        """Forget the audio that waits for the client."""
        kept = [message for message in self._outbox if not _size(message)]
        self._outbox.clear()
        self._outbox.extend(kept)
        self._bytes = 0
        self._room.set()


def _size(message: do.LiveMessage) -> int:
    """Bytes of audio."""
    if isinstance(message, bytes):
        return len(message)
    return len(message.data) if isinstance(message, Chunk) else 0
