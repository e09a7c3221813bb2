"""A listener that hears a written script: deterministic, as slow or broken as a test asks for.

Sound counts as speech where a sample exceeds a tenth of full scale; each 0.2 s of it is the next word.
"""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from myna.speech.errors import AudioRejected, MynaError
from myna.speech.events import Done, Failed
from myna.speech.listening import (
    Endpointing,
    Final,
    Finalized,
    InputFormat,
    ListeningEvent,
    ListeningRequest,
    Partial,
    Progress,
    TimedWord,
    TranscriptionEvent,
    TranscriptionRequest,
    TurnEagerEnd,
    TurnEnd,
    Turns,
    TurnStart,
    TurnUpdate,
    check_keyterms,
    check_turns,
)
from myna.testing.stream import ScriptedStream

WORD_SECONDS = 0.2
"""Speech that is a word."""
_LOUD = 0.1


@dataclass(frozen=True, slots=True)
class Hearsay:
    """What a scripted listener hears.

    Attributes:
        words: heard one after the other, then from the start again.
        failures: counts of words heard at which the listening fails, with the error.
        delay: seconds that pass before each event.
    """

    words: tuple[str, ...] = ("the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog")
    failures: dict[int, MynaError] = field(default_factory=dict)
    delay: float = 0.0


class ScriptedListening(ScriptedStream[ListeningEvent]):
    """One live stream.

    Attributes:
        request: what was asked for.
    """

    def __init__(self, request: ListeningRequest, script: Hearsay) -> None:
        super().__init__(request.format, script.delay)
        check_keyterms(request.keyterms)
        if isinstance(request.endpointing, Turns):
            check_turns(request.endpointing)
        self.request = request
        self._script = script
        self._loud = 0.0
        self._quiet = 0.0
        self._count = 0
        self._open: list[TimedWord] = []
        self._said = False
        self._eager = False

    async def feed(self, audio: bytes) -> None:
        """Hear more."""
        samples = self._samples(audio)
        step = max(self.request.format.sample_rate // 50, 1)
        for start in range(0, len(samples), step):
            await self._hear(samples[start : start + step])

    async def finalize(self) -> None:
        """Make what was heard final."""
        await self._finish_segment()
        await self._tell(Finalized())

    async def configure(self, turns: Turns) -> None:
        """Take other thresholds."""
        check_turns(turns)

    async def finish(self) -> None:
        """End."""
        await self._finish_segment()
        await self._tell(Done())

    async def _hear(self, samples: NDArray[np.float32]) -> None:
        seconds = len(samples) / self.request.format.sample_rate
        self.seconds += seconds
        if len(samples) and np.abs(samples).max() >= _LOUD:
            self._loud += seconds
            self._quiet = 0.0
            if self._loud >= WORD_SECONDS - 1e-9:
                self._loud = 0.0
                await self._word()
            return
        self._quiet += seconds
        ends = self.request.endpointing
        if isinstance(ends, Turns):
            if self._open and self._quiet >= 0.2 and not self._eager:
                self._eager = True
                await self._tell(TurnEagerEnd(self._text()))
            if self._quiet >= min(0.5, ends.end_timeout_ms / 1000):
                await self._finish_segment()
        elif ends.max_silence_seconds is not None and self._quiet >= ends.max_silence_seconds:
            await self._finish_segment()

    async def _word(self) -> None:
        script = self._script
        self._count += 1
        if self._count in script.failures:
            await self._tell(Failed(script.failures[self._count]))
            return
        text = script.words[(self._count - 1) % len(script.words)]
        turns = isinstance(self.request.endpointing, Turns)
        if turns and not self._open:
            await self._tell(TurnStart(self.seconds - WORD_SECONDS))
        self._open.append(TimedWord(text, self.seconds - WORD_SECONDS, self.seconds))
        self._eager = False
        update = TurnUpdate(self._text()) if turns else Partial(self._text(), tuple(self._open), self.seconds)
        await self._tell(update)

    async def _finish_segment(self) -> None:
        if not self._open:
            return
        words, text = tuple(self._open), self._text()
        self._open, self._said = [], True
        if isinstance(self.request.endpointing, Turns):
            await self._tell(TurnEnd(text, words))
        else:
            await self._tell(Final(text, words, words[0].start, self.seconds))

    def _text(self) -> str:
        return " " * self._said + " ".join(word.text for word in self._open)


async def scripted_transcript(
    request: TranscriptionRequest, script: Hearsay
) -> AsyncIterator[TranscriptionEvent]:
    """The transcript of a WAV file or of raw audio, a `Final` for each stretch between silences of 0.5 s.

    Raises:
        AudioRejected: it is neither.
    """
    data, format = request.path.read_bytes(), request.format
    if format is None:
        try:
            with wave.open(str(request.path)) as file:
                format = InputFormat("pcm_s16le", file.getframerate())
                data = file.readframes(file.getnframes())
        except (wave.Error, EOFError) as error:
            raise AudioRejected("This is no recording that can be read: send wav.") from error
    live = ListeningRequest(format, Endpointing(0.5), request.model, request.language, request.keyterms)
    listening = ScriptedListening(live, script)
    total = len(data) / format.bytes_per_sample / format.sample_rate

    async def feed() -> None:
        for start in range(0, len(data), 1 << 14):
            await listening.feed(data[start : start + (1 << 14)])
        await listening.finish()

    feeding = asyncio.create_task(feed())
    try:
        async for event in listening.events():
            if isinstance(event, Final):
                yield event
                yield Progress(event.until, total)
            elif isinstance(event, Failed):
                raise event.error
        yield Progress(total, total)
    finally:
        listening.cancel()
        feeding.cancel()
