"""A pool whose engine makes tones, to see what is asked of it and to break it at will."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from myna.engines.changers import CHANGED, EngineChanging
from myna.engines.changing.protocols import CHANGING_RATE, Conversion, Fitting, Measuring
from myna.engines.jobs.job import Job
from myna.engines.listening import HEARD, EngineListening
from myna.engines.protocols import (
    EngineEvent,
    Examination,
    Finding,
    Hearing,
    Pcm,
    Phoneme,
    Recording,
    Utterance,
    Word,
)
from myna.speech.errors import ClipRejected, EngineError, MynaError
from myna.speech.events import AudioChunk
from myna.speech.listening import Final, Progress, TimedWord

RATES = {"espeak": 22050, "flite": 16000}


@dataclass
class TonePool:
    """Speaks each character of a word as 1/20 s of tone, in pieces of a word; counts who speaks.

    Attributes:
        engines: names of the engines there are.
        failures: words at which the engine fails, with the error.
        stalls: words at which nothing ever comes.
        said: every utterance asked for.
        clients: on whose behalf each was.
        findings: what is found in each recording, by its path, or why not.
        examined: every examination asked for.
        speaking: utterances in the making.
        most_speaking: the most of them there ever were.
        aborted: utterances closed before their end.
        words: words whose audio was fetched.
        heard: every stream and recording that was to be listened to.
        changed: every stream and recording whose voice was to be changed, or measured.
        measured: the content of each file that a voice was measured from.
    """

    engines: frozenset[str] = frozenset({"espeak", "flite"})
    failures: Mapping[str, MynaError] = field(default_factory=dict)
    stalls: frozenset[str] = frozenset()
    said: list[tuple[str, Utterance]] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)
    findings: dict[str, Finding | MynaError] = field(default_factory=dict)
    examined: list[Examination] = field(default_factory=list)
    speaking: int = 0
    most_speaking: int = 0
    aborted: int = 0
    words: int = 0
    heard: list[Hearing | Recording] = field(default_factory=list)
    changed: list[bytes | Conversion | Measuring | Fitting] = field(default_factory=list)
    measured: list[bytes] = field(default_factory=list)
    closed: bool = False
    stalled: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Nothing to start."""

    async def aclose(self) -> None:
        """Note it."""
        self.closed = True

    async def synthesize(
        self, engine: str, utterance: Utterance, *, spare: float = 0.0, client: str = ""
    ) -> AsyncGenerator[EngineEvent, None]:
        """Speak in tones."""
        self.said.append((engine, utterance))
        self.clients.append(client)
        self.speaking += 1
        self.most_speaking = max(self.most_speaking, self.speaking)
        ended = False
        try:
            await asyncio.sleep(0)
            for event in list(self._events(RATES[engine], utterance)):
                if isinstance(event, str):
                    self.stalled.set()
                    await asyncio.Event().wait()
                elif isinstance(event, MynaError):
                    raise event
                else:
                    self.words += isinstance(event, Pcm)
                    yield event
            ended = True
        finally:
            self.speaking -= 1
            self.aborted += not ended

    async def examine(self, examination: Examination) -> Finding:
        """What `findings` holds for the recording."""
        self.examined.append(examination)
        await asyncio.sleep(0)
        finding = self.findings.get(examination.path) or ClipRejected("There is no such recording.")
        if isinstance(finding, MynaError):
            raise finding
        return finding

    def listen(self, hearing: Hearing, *, client: str = "") -> EngineListening:
        """Nobody listens; note what was asked."""
        self.heard.append(hearing)

        async def bind(job: Job) -> None:
            job.end(EngineError("Nobody listens here."))

        return EngineListening(HEARD, hearing.engine, bind, lambda: None)

    async def transcribe(
        self, recording: Recording, *, client: str = ""
    ) -> AsyncGenerator[Final | Progress, None]:
        """One word for each recording; note what was asked."""
        self.heard.append(recording)
        await asyncio.sleep(0)
        yield Final("word", (TimedWord("word", 0.0, 0.5),), 0.0, 0.5, "en")
        yield Progress(0.5, 0.5)

    def change(self, target: bytes, *, client: str = "") -> EngineChanging:
        """Nobody changes voices live; note whose was asked for."""
        self.changed.append(target)

        async def bind(job: Job) -> None:
            job.end(EngineError("Nobody changes voices here."))

        return EngineChanging(CHANGED, target, bind, lambda: None)

    async def convert(
        self, conversion: Conversion, *, client: str = ""
    ) -> AsyncGenerator[AudioChunk | Progress, None]:
        """Half a second of silence for each recording; note what was asked."""
        self.changed.append(conversion)
        await asyncio.sleep(0)
        yield AudioChunk(np.zeros(CHANGING_RATE // 2, np.float32), CHANGING_RATE, 0.0)
        yield Progress(0.5, 0.5)

    async def measure(self, measuring: Measuring) -> bytes:
        """Another target for each recording; note what it held."""
        self.changed.append(measuring)
        self.measured.append(Path(measuring.path).read_bytes())  # noqa: ASYNC240
        await asyncio.sleep(0)
        return f"target {len(self.measured)}".encode()

    async def fit(self, fitting: Fitting, *, client: str = "") -> AsyncGenerator[AudioChunk, None]:
        """A second of silence for each gap; note what was asked."""
        self.changed.append(fitting)
        await asyncio.sleep(0)
        yield AudioChunk(np.zeros(CHANGING_RATE, np.float32), CHANGING_RATE, 0.0)

    def _events(self, rate: int, utterance: Utterance) -> list[EngineEvent | MynaError | str]:
        events: list[EngineEvent | MynaError | str] = []
        time = 0.0
        for found in re.finditer(r"\S+", utterance.text):
            bare = found[0].strip(".,!?")
            if bare in self.failures:
                events.append(self.failures[bare])
            if bare in self.stalls:
                events.append("stall")
            count = rate // 20 * len(found[0])
            tone = 0.5 * np.sin(2 * np.pi * 220 / rate * np.arange(count))
            events.append(Pcm((tone * 32767).astype("<i2").tobytes(), rate))
            end = time + count / rate
            if utterance.word_times:
                events.append(Word(found.start(), found.end(), time, end))
            if utterance.phoneme_times:
                events.append(Phoneme("a", time, end))
            time = end
        return events
