"""One stream of speech: text in, piece by piece; audio and times out, from engine call to engine call."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from time import monotonic

from myna.providers.local.outbox import Outbox
from myna.providers.local.role import Role
from myna.providers.local.segmentation import End, Flush, Pause, Segment, Segmenter
from myna.providers.local.voicing import Ready, Voicing
from myna.speech import markup
from myna.speech.errors import EngineError, InvalidRequest, MynaError, UsageError
from myna.speech.events import Done, Failed, Flushed, SpeechEvent
from myna.speech.languages import is_unspaced
from myna.speech.requests import Delivery, SpeechRequest

MOST_WAITING = 100_000
"""Characters of one stream that may wait to be spoken."""
_UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_log = logging.getLogger(__name__)


class Speaking:
    """A `Speech` on the engines of this machine. Not thread-safe: it lives on one event loop."""

    def __init__(
        self,
        request: SpeechRequest,
        role: Role | Callable[[], Awaitable[Role]],
        ready: Ready,
        *,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """Begin; nothing is spoken before `events` is iterated.

        Args:
            request: what holds for all of the text.
            role: who speaks, or what looks it up; called once, before the first word.
            ready: called once, when there is something to do.
            now: a clock in seconds.
        """
        self._request = request
        self._role = role
        self._ready = ready
        self._now = now
        self._parser = markup.Parser()
        self._manner = _Manner(request.delivery)
        self._spelling = False
        self._segmenter = Segmenter(
            max_delay=request.max_buffer_delay_ms / 1000.0,
            delivery=request.delivery,
        )
        self._outbox = Outbox()
        self._news: asyncio.Future[None] | None = None
        self._pump: asyncio.Task[None] | None = None
        self._finished = self._over = self._iterated = False

    def push(self, text: str, delivery: Delivery | None = None) -> None:
        """Append text verbatim; `delivery` replaces the request's from this text on.

        Raises:
            InvalidRequest: more than `MOST_WAITING` characters wait.
            UsageError: `finish` was called.
        """
        if self._over:
            return
        if self._finished:
            raise UsageError("No text can follow finish(); begin a new stream.")
        if self._segmenter.waiting + self._parser.held + len(text) > MOST_WAITING:
            raise InvalidRequest(
                f"More than {MOST_WAITING:,} characters wait to be spoken; send long texts in parts, "
                "each when most of the one before has been heard."
            )
        if delivery is not None and self._manner.begin(delivery):
            self._segmenter.deliver(self._manner.delivery)
        now = self._now()
        self._segmenter.arrive(len(text), now)
        for event in self._parser.feed(_UNSPEAKABLE.sub(" ", text)):
            self._take_in(event, now)
        self._notify()

    def flush(self) -> None:
        """Speak all text so far without waiting for more, then send `Flushed`.

        A tag that was begun is no text, and still waits for its end.
        """
        if not (self._over or self._finished):
            if not self._parser.is_within_tag:
                self._settle()
            self._segmenter.flush()
            self._notify()

    def finish(self) -> None:
        """No more text follows; `Done` comes after the last audio. Idempotent."""
        if not (self._over or self._finished):
            self._finished = True
            self._settle()
            self._segmenter.finish()
            self._notify()

    def cancel(self) -> None:
        """Drop what was not spoken and free the engine at once; `events` ends in `Done`. Idempotent."""
        if not self._over:
            self._outbox.clear()
            self._end(Done())
        if self._pump is not None:
            self._pump.cancel()

    async def events(self) -> AsyncGenerator[SpeechEvent, None]:
        """The events, once; closing the iterator early cancels.

        Raises:
            UsageError: they were iterated before.
        """
        if self._iterated:
            raise UsageError("The events of a stream can be read only once.")
        self._iterated = True
        if not self._over:
            self._pump = asyncio.create_task(self._run(), name="myna speaking")
        try:
            while True:
                event = await self._outbox.get()
                yield event
                if isinstance(event, Done | Failed):
                    return
        finally:
            self.cancel()
            if self._pump is not None:
                await asyncio.wait({self._pump})

    def _take_in(self, event: markup.Event, now: float) -> None:
        match event:
            case markup.Text(text=text):
                self._segmenter.text(text, now, spelled=self._spelling)
            case markup.Pronounce():
                self._segmenter.pronounce(event.ipa, now)
            case markup.Break(seconds=seconds):
                self._segmenter.pause(seconds)
            case markup.SpellStart() | markup.SpellEnd():
                self._spelling = isinstance(event, markup.SpellStart)
            case markup.Speed() | markup.Volume() | markup.Emotion():
                self._manner.mark(event)
                self._segmenter.deliver(self._manner.delivery)
            case _:
                pass

    def _settle(self) -> None:
        now = self._now()
        for event in self._parser.close():
            self._take_in(event, now)

    def _notify(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def _end(self, last: Done | Failed) -> None:
        if not self._over:
            self._over = True
            self._outbox.put(last)

    async def _run(self) -> None:
        try:
            role = self._role if isinstance(self._role, Role) else await self._role()
            self._segmenter.unspaced = is_unspaced(role.language)
            self._segmenter.lexicon = role.lexicon
            await self._speak(Voicing(self._request, role, self._ready, self._outbox, self._now))
            self._end(Done())
        except MynaError as error:
            self._end(Failed(error))
        except Exception:
            _log.exception("speaking failed")
            self._end(Failed(EngineError("The text could not be spoken; the log says why.")))

    async def _speak(self, voicing: Voicing) -> None:
        """Speak whatever the segmenter gives, until its end or until the duration is used up."""
        flushes = 0
        while not voicing.is_used_up:
            now = self._now()
            match self._segmenter.take(now, voicing.ahead(now)):
                case Segment() as segment:
                    await voicing.say(segment)
                case Pause(seconds):
                    await voicing.rest(seconds)
                case Flush(times):
                    await voicing.settle()
                    for _ in range(times):
                        self._outbox.put(Flushed(flushes))
                        flushes += 1
                case End():
                    await voicing.settle()
                    return
                case None:
                    await self._wait(now, voicing.ahead(now))

    async def _wait(self, now: float, ahead: float) -> None:
        """Wait for more text, or until it is time to do without."""
        loop = asyncio.get_running_loop()
        self._news = loop.create_future()
        wake = self._segmenter.wake_at(now, ahead)
        timer = None if wake is None else loop.call_later(wake - now, self._notify)
        try:
            await self._news
        finally:
            self._news = None
            if timer is not None:
                timer.cancel()


class _Manner:
    """How text is said from here on: as the request or the last push has it, and as markup changes it."""

    def __init__(self, base: Delivery) -> None:
        self._base = base
        self._speed = self._volume = 1.0
        self._emotion: str | None = None

    @property
    def delivery(self) -> Delivery:
        """All of it together."""
        base = self._base
        together = replace(base, speed=base.speed * self._speed, volume=base.volume * self._volume)
        return replace(together, emotion=self._emotion, emotion_level=1.0) if self._emotion else together

    def begin(self, base: Delivery) -> bool:
        """Go on from another base; whether it differs. Its emotion, where it has one, replaces markup's."""
        changed = base != self._base
        if changed and base.emotion:
            self._emotion = None
        self._base = base
        return changed

    def mark(self, event: markup.Speed | markup.Volume | markup.Emotion) -> None:
        """Obey markup."""
        if isinstance(event, markup.Speed):
            self._speed = event.ratio
        elif isinstance(event, markup.Volume):
            self._volume = event.ratio
        else:
            self._emotion = event.name
