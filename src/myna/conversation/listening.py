"""What drives a listening `ServerConnection`: audio in, what is heard out."""

from __future__ import annotations

from dataclasses import replace

from myna.conversation.live import Live
from myna.providers.protocols import Listening
from myna.speech.events import Done, Failed
from myna.speech.listening import InputFormat, ListeningEvent
from myna.wire.cartesia.listening.messages import HeardMessage
from myna.wire.cartesia.listening.server import ServerConnection
from myna.wire.cartesia.live import actions as do


class Audition(Live[ServerConnection, Listening, ListeningEvent]):
    """Listens to one client. Of interim messages that wait for it, only the newest waits.

    Example:
        >>> audition = Audition(provider, ServerConnection(MANUAL, query, now=loop.time()))
        >>> await audition.receive(audio)
        >>> await audition.receive("done")
        >>> while not isinstance(message := await audition.next(), Close):
        ...     print(message.type)
    """

    _format: InputFormat | None = None

    def _open(self, action: do.Begin) -> Listening:
        assert isinstance(action, do.Listen)
        request = replace(action.request, caller=self._caller, connection=self._name)
        listening = self._provider.listen(request)
        self._format = request.format
        return listening

    async def _instruct(self, source: Listening, action: do.Input) -> None:
        match action:
            case do.Feed(audio):
                await source.feed(audio)
                if self._format is not None:
                    frame = self._format.bytes_per_sample * self._format.sample_rate
                    self._watch.heard(len(audio) / frame)
            case do.Finalize():
                await source.finalize()
            case do.Configure(turns):
                await source.configure(turns)
            case do.Finish():
                await source.finish()

    def _told(self, event: ListeningEvent | Done | Failed) -> list[do.Action]:
        return self._connection.heard(event, self._loop.time())

    def _post(self, message: do.LiveMessage) -> None:
        if _interim(message) and self._outbox and _interim(self._outbox[-1]):
            self._outbox.pop()
        super()._post(message)


def _interim(message: do.LiveMessage) -> bool:
    return isinstance(message, HeardMessage) and message.interim
