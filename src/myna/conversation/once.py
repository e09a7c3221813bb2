"""Speech of one text that is known from the start."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import ExitStack, aclosing
from dataclasses import replace
from itertools import count
from typing import cast

from myna.conversation.watch import Watch
from myna.providers.protocols import Provider, Speech
from myna.speech.errors import EngineError, InvalidRequest
from myna.speech.events import AudioChunk, Done, Failed, PhonemeTimes, SpeechEvent, WordTimes
from myna.speech.requests import SpeechRequest

_numbers = count(1)

PART = 16_384
"""Characters of a long text that are pushed at once."""


class Feed:
    """Gives a text to a speech: at once where it takes all of it, else as the speech goes on."""

    def __init__(self, speech: Speech, text: str) -> None:
        self._speech = speech
        self._parts: deque[str] | None = deque(_parts(text))
        self._full = False
        speech.push(self._parts.popleft())
        self.go_on()

    def go_on(self) -> None:
        """Push what the speech takes by now, and finish behind the last part."""
        if self._parts is None:
            return
        while self._parts:
            try:
                self._speech.push(self._parts[0])
            except InvalidRequest:
                if not self._full:
                    self._full = True
                    self._speech.flush()  # what it holds must be enough to speak
                return
            self._full = False
            self._parts.popleft()
        self._parts = None
        self._speech.finish()


def _parts(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        end = at + PART
        if end < len(text):
            end = (text.rfind(" ", at, end) + 1) or end
        yield text[at:end]
        at = end


async def speak_once(
    provider: Provider, request: SpeechRequest, text: str, watch: Watch | None = None
) -> AsyncGenerator[AudioChunk | WordTimes | PhonemeTimes, None]:
    """The audio and times of one text; ends after the last. Closing it early frees the engine at once.

    Raises:
        MynaError: the speech was refused or has failed.
    """
    watch = watch or Watch()
    watch.enter()
    with ExitStack() as leaving:
        leaving.callback(watch.leave)
        speech = provider.speak(replace(request, connection=f"text {next(_numbers)}"))
        leaving.callback(speech.cancel)
        watch.text(len(text))
        feed = Feed(speech, text)
        async with aclosing(cast("AsyncGenerator[SpeechEvent, None]", speech.events())) as events:
            async for event in events:
                if isinstance(event, (AudioChunk, WordTimes, PhonemeTimes)):
                    yield event
                    feed.go_on()
                elif isinstance(event, Failed):
                    raise event.error
                elif isinstance(event, Done):
                    return
        raise EngineError("The speech ended without saying so; try again.")
