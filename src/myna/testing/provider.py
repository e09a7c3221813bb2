"""A provider that speaks tones: deterministic, quick, and as slow or broken as a test asks for."""

from __future__ import annotations

import asyncio
import zlib
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from myna.providers.protocols import Capabilities
from myna.speech.changing import ChangeRequest, ConversionEvent, ConversionRequest, InfillRequest
from myna.speech.errors import InvalidRequest, ModelNotFound, MynaError
from myna.speech.events import (
    AudioChunk,
    Done,
    Failed,
    Flushed,
    PhonemeTimes,
    SpeechEvent,
    WordTimes,
)
from myna.speech.listening import ListeningRequest, TranscriptionEvent, TranscriptionRequest
from myna.speech.requests import Delivery, SpeechRequest
from myna.speech.voices import Voice, VoiceChoice
from myna.testing.changing import Disguise, ScriptedChanging, scripted_conversion
from myna.testing.dictionaries import ScriptedDictionaries
from myna.testing.listening import Hearsay, ScriptedListening, scripted_transcript
from myna.testing.voices import ScriptedVoices, scripted_voice

_FLUSH = object()
_TEXT_LIMIT = 1_000_000
_HEARSAY = Hearsay()
_DISGUISE = Disguise()


@dataclass(frozen=True, slots=True)
class Script:
    """How a `ScriptedProvider` behaves.

    Attributes:
        word_seconds: length of the tone that stands for a word.
        chunk_seconds: most seconds of audio in one event.
        sample_rate: of the tones, in Hz.
        delay: seconds that pass before each word.
        failures: words at which the speech fails, with the error.
        stalls: words at which nothing ever comes.
        models: the models that exist; empty for any.
        hearsay: what is heard.
        disguise: how voices are changed.
    """

    word_seconds: float = 0.2
    chunk_seconds: float = 0.1
    sample_rate: int = 22050
    delay: float = 0.0
    failures: Mapping[str, MynaError] = field(default_factory=dict)
    stalls: frozenset[str] = frozenset()
    models: frozenset[str] = frozenset()
    hearsay: Hearsay = _HEARSAY
    disguise: Disguise = _DISGUISE


class ScriptedProvider:
    """Speaks each word as a tone whose pitch follows from the word.

    Attributes:
        speeches, listenings, changings: every one that was begun, in order.
        conversions, infills: every request, in order.
        speakers: the built-in voices, newest first.
        voices, dictionaries: all that are kept, in memory.

    Example:
        >>> provider = ScriptedProvider(Script(delay=0.01))
        >>> speech = provider.speak(SpeechRequest(voice=provider.speakers[0]))
        >>> speech.push("Hello there.")
        >>> speech.finish()
    """

    name = "scripted"

    def __init__(self, script: Script | None = None, voices: Sequence[Voice] = ()) -> None:
        self.script = script or Script()
        self.speeches: list[ScriptedSpeech] = []
        self.listenings: list[ScriptedListening] = []
        self.changings: list[ScriptedChanging] = []
        self.conversions: list[ConversionRequest] = []
        self.infills: list[InfillRequest] = []
        self.speakers = tuple(voices) or tuple(
            scripted_voice(name, age=age) for age, name in enumerate(("Ada", "Ben", "Cleo"))
        )
        self.voices = ScriptedVoices(self.speakers)
        self.dictionaries = ScriptedDictionaries()

    @property
    def live(self) -> int:
        """Speeches that have neither ended nor been cancelled."""
        return sum(not speech.ended for speech in self.speeches)

    def capabilities(self, model: str, language: str) -> Capabilities:
        """All but emotions, in every language."""
        if self.script.models and model not in self.script.models:
            return Capabilities(speaks=False)
        return Capabilities(
            speaks=True,
            streams_text=True,
            word_timestamps=True,
            phoneme_timestamps=True,
            listens=True,
            streams_audio=True,
            changes=True,
        )

    def speak(self, request: SpeechRequest) -> ScriptedSpeech:
        """Begin a stream of tones."""
        self._check(request.model)
        error: MynaError | None = None
        try:
            if isinstance(request.voice, VoiceChoice):
                request = replace(request, voice=self.voices.look(request.voice, request.caller))
            if request.pronunciation_dict_id:
                self.dictionaries.look(request.pronunciation_dict_id, request.caller)
        except MynaError as caught:
            error = caught
        speech = ScriptedSpeech(request, self.script, error)
        self.speeches.append(speech)
        return speech

    def listen(self, request: ListeningRequest) -> ScriptedListening:
        """Begin to listen."""
        self._check(request.model)
        listening = ScriptedListening(request, self.script.hearsay)
        self.listenings.append(listening)
        return listening

    def transcribe(self, request: TranscriptionRequest) -> AsyncIterator[TranscriptionEvent]:
        """Write down a WAV file or raw audio."""
        self._check(request.model)
        return scripted_transcript(request, self.script.hearsay)

    def change(self, request: ChangeRequest) -> ScriptedChanging:
        """Begin to turn a stream upside down."""
        error: MynaError | None = None
        try:
            self._known(request)
        except MynaError as caught:
            error = caught
        changing = ScriptedChanging(request, self.script.disguise, error)
        self.changings.append(changing)
        return changing

    async def convert(self, request: ConversionRequest) -> AsyncIterator[ConversionEvent]:
        """Turn a recording upside down."""
        self.conversions.append(request)
        self._known(request)
        async for event in scripted_conversion(request, self.script.disguise):
            yield event

    async def infill(self, request: InfillRequest) -> AsyncIterator[AudioChunk]:
        """Speak the text; the recordings are not looked at."""
        self.infills.append(request)
        speech = self.speak(request.speech)
        speech.push(request.text)
        speech.finish()
        async for event in speech.events():
            if isinstance(event, Failed):
                raise event.error
            if isinstance(event, AudioChunk):
                yield event

    def _known(self, request: ChangeRequest | ConversionRequest) -> None:
        if isinstance(request.voice, VoiceChoice):
            self.voices.look(request.voice, request.caller)

    def _check(self, model: str) -> None:
        if self.script.models and model not in self.script.models:
            raise ModelNotFound(f"No model {model!r}; use one of {sorted(self.script.models)}.")

    async def start(self) -> None:
        """Nothing to get ready."""

    async def aclose(self) -> None:
        """End all speeches."""
        for speech in self.speeches:
            speech.cancel()
        for listening in self.listenings:
            listening.cancel()
        for changing in self.changings:
            changing.cancel()


class ScriptedSpeech:
    """One stream of tones.

    Attributes:
        request: what was asked for.
        text: all text so far.
        deliveries: those that came with text.
        spoken_seconds: audio so far.
        ended, cancelled: how it stands.
    """

    def __init__(self, request: SpeechRequest, script: Script, error: MynaError | None = None) -> None:
        self.request = request
        self._error = error
        self.text = ""
        self.deliveries: list[Delivery] = []
        self.ended = False
        self.cancelled = False
        self._script = script
        self._items: deque[object] = deque()
        self._fragment = ""
        self._finished = False
        self._news = asyncio.Event()
        self.spoken_seconds = 0.0
        self._segment = 0

    @property
    def waiting(self) -> int:
        """Characters that were not spoken yet."""
        return len(self._fragment) + sum(len(item) for item in self._items if isinstance(item, str))

    def push(self, text: str, delivery: Delivery | None = None) -> None:
        """Append text; words that are complete are spoken."""
        if self.waiting + len(text) > _TEXT_LIMIT:
            raise InvalidRequest(f"More than {_TEXT_LIMIT} characters wait; send them in several requests.")
        if delivery is not None:
            self.deliveries.append(delivery)
        self.text += text
        self._fragment += text
        head, space, tail = self._fragment.rpartition(" ")
        if space:
            self._items.extend(head.split())
            self._fragment = tail
        self._news.set()

    def flush(self) -> None:
        """Speak the last word too, then report it."""
        self._release()
        self._items.append(_FLUSH)

    def finish(self) -> None:
        """No more text."""
        self._release()
        self._finished = True

    def cancel(self) -> None:
        """Drop everything."""
        self.cancelled = self.cancelled or not self.ended
        self.ended = True
        self._items.clear()
        self._finished = True
        self._news.set()

    async def events(self) -> AsyncIterator[SpeechEvent]:
        """Word times, then the tone of the word, for each word; made when asked for."""
        try:
            if self._error is not None and not self.cancelled:
                self.ended = True
                yield Failed(self._error)
                return
            while True:
                while not self._items and not self._finished:
                    self._news.clear()
                    await self._news.wait()
                if not self._items:
                    break
                item = self._items.popleft()
                if item is _FLUSH:
                    yield Flushed(self._segment)
                    self._segment += 1
                    continue
                word = str(item)
                if word in self._script.failures:
                    self.ended = True
                    yield Failed(self._script.failures[word])
                    return
                await asyncio.sleep(self._script.delay)
                for event in self._say(word):
                    yield event
                    if self.cancelled:
                        break
                while word in self._script.stalls and not self.cancelled:
                    self._news.clear()
                    await self._news.wait()
            self.ended = True
            yield Done()
        finally:
            self.cancelled = self.cancelled or not self.ended
            self.ended = True

    def _release(self) -> None:
        self._items.extend(self._fragment.split())
        self._fragment = ""
        self._news.set()

    def _say(self, word: str) -> list[SpeechEvent]:
        if word in self._script.stalls:
            return []
        script = self._script
        begin, end = self.spoken_seconds, self.spoken_seconds + script.word_seconds
        events: list[SpeechEvent] = []
        if self.request.word_timestamps:
            events.append(WordTimes((word,), (begin,), (end,)))
        if self.request.phoneme_timestamps:
            events.append(PhonemeTimes((word[0],), (begin,), (end,)))
        pitch = 200.0 + zlib.crc32(word.encode()) % 600
        steps = np.arange(round(script.word_seconds * script.sample_rate), dtype=np.float32)
        tone = (0.3 * np.sin(2 * np.pi * pitch / script.sample_rate * steps)).astype(np.float32)
        size = max(round(script.chunk_seconds * script.sample_rate), 1)
        events.extend(
            AudioChunk(tone[at : at + size], script.sample_rate, begin + at / script.sample_rate)
            for at in range(0, len(tone), size)
        )
        self.spoken_seconds = end
        return events
