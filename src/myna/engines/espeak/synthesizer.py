"""The eSpeak NG engine: any of its languages in any timbre, streamed with true times."""

from __future__ import annotations

import atexit
from collections import deque
from collections.abc import Iterator

from myna.engines.espeak import binding, languages, script
from myna.engines.espeak.mnemonics import Mnemonics
from myna.engines.espeak.variants import NAME, VariantFile, variant
from myna.engines.protocols import Emit, Onset, Pcm, Phoneme, Utterance
from myna.engines.silence import JOIN, LEAD, Trim, pause_after
from myna.engines.words import WordClock

_WORDS_PER_MINUTE = 175
_SLOWEST, _FASTEST = 80, 449
"""Faster than that the library changes to another method, which is not repeatable."""


def find() -> None:
    """Look for the library.

    Raises:
        EngineError: it is not installed.
    """
    binding.packaged()


def load() -> EspeakSynthesizer:
    """Load the library into this process."""
    return EspeakSynthesizer()


class EspeakSynthesizer:
    """eSpeak NG in this process."""

    name = "espeak"

    def __init__(self) -> None:
        """Load the library.

        Raises:
            EngineError: it is broken, or there is no place for voice files.
        """
        library, data = binding.packaged()
        self._variant = VariantFile(data)
        atexit.register(self._variant.close)
        self._library = binding.Library(library, self._variant.folder)
        self._phonemes: dict[str, Mnemonics] = {}
        self._library.select("en-us", rate=_WORDS_PER_MINUTE, phonemes=False)

    def synthesize(self, utterance: Utterance, emit: Emit) -> None:
        """Speak as a stream.

        Raises:
            EngineError: no voice speaks the language.
        """
        voice = languages.voice_of(utterance.language)
        tempo = utterance.timbre.rate * utterance.speed
        wanted = _WORDS_PER_MINUTE * tempo * languages.tempo_of(voice)
        self._variant.write(variant(utterance, languages.pitch_of(voice)))
        self._library.select(
            f"{voice}+{NAME}",
            rate=min(_FASTEST, max(_SLOWEST, round(wanted))),
            phonemes=utterance.word_times or utterance.phoneme_times or utterance.likeness is not None,
        )
        written = script.write(utterance, voice, lambda ipa: self._mnemonics(voice).of(ipa))
        reading = _Reading(utterance, written, self._library.sample_rate, emit)
        self._library.speak(written.text, reading.receive, phoneme_input=written.phonemes)
        reading.finish(tempo)

    def _mnemonics(self, voice: str) -> Mnemonics:
        """The phonemes of `voice`, which is the one selected."""
        known = self._phonemes.get(voice)
        if known is None:
            known = self._phonemes[voice] = Mnemonics(self._library, self._variant.folder)
        return known


class _Reading:
    """One utterance on its way out of the library."""

    def __init__(self, utterance: Utterance, written: script.Script, sample_rate: int, emit: Emit) -> None:
        self._utterance = utterance
        self._script = written
        self._rate = sample_rate
        self._emit = emit
        self._trim = Trim(round(sample_rate * (JOIN if utterance.continued else LEAD)))
        self._clock = WordClock(utterance.text, utterance.language) if utterance.word_times else None
        self._times = utterance.word_times or utterance.phoneme_times
        self._onsets: deque[binding.Event] | None = deque() if utterance.likeness else None
        self._sounding: tuple[str, float] | None = None
        self._events: deque[binding.Event] = deque()
        self._wanted = True

    def receive(self, samples: bytes, events: Iterator[binding.Event]) -> bool:
        """Take a buffer of the library; False once nobody wants more."""
        if self._times or self._onsets is not None:
            fresh = list(events)
            if self._times:
                self._events.extend(fresh)
            if self._onsets is not None:
                self._onsets.extend(event for event in fresh if event.type == binding.PHONEME)
        audio = self._trim.feed(samples)
        if audio and self._onsets:
            self._announce(self._onsets)
        if audio:
            self._wanted = self._emit(Pcm(audio, self._rate))
        if self._trim.begun:
            self._tell()
        return self._wanted

    def finish(self, tempo: float) -> None:
        """Send what is left: the last times and the pause."""
        if not self._wanted:
            return
        utterance = self._utterance
        self._tell(whole=True)
        end = self._trim.kept / self._rate
        self._close_phoneme(end)
        if self._clock:
            for word in self._clock.ends(end):
                self._emit(word)
        pause = round(pause_after(utterance.text, continues=utterance.continues, tempo=tempo) * self._rate)
        tail = bytes(2 * pause) if pause else self._trim.tail(round(self._rate * JOIN))
        if tail:
            self._emit(Pcm(tail, self._rate))

    def _announce(self, onsets: deque[binding.Event]) -> None:
        """Tell which phonemes begin, before their audio."""
        while onsets:
            event = onsets.popleft()
            if not event.phoneme.startswith("("):
                self._emit(Onset(event.phoneme, max(0, event.sample - self._trim.cut) / self._rate))

    def _tell(self, *, whole: bool = False) -> None:
        """Send the times of what was sent; at the end of the whole, also of what begins in cut silence."""
        kept, cut = self._trim.kept, self._trim.cut
        while self._events and (whole or self._events[0].sample - cut <= kept):
            event = self._events.popleft()
            time = min(max(0, event.sample - cut), kept) / self._rate
            if event.type == binding.PHONEME:
                self._phoneme(event.phoneme, time)
            elif event.type == binding.WORD:
                self._word(self._script.position(event.position), time)

    def _word(self, position: int, time: float) -> None:
        """A word begins, some milliseconds before the library tells its first sound."""
        if self._sounding and self._sounding[1] < time:
            self._close_phoneme(time)
        if self._clock:
            for word in self._clock.begins(position, time):
                self._emit(word)

    def _phoneme(self, symbol: str, time: float) -> None:
        if symbol.startswith("("):
            return
        self._close_phoneme(time)
        if symbol:
            self._sounding = (symbol, time)
            if self._clock:
                self._clock.sounds()
        elif self._clock:
            self._clock.pauses(time)

    def _close_phoneme(self, time: float) -> None:
        if self._sounding and self._utterance.phoneme_times:
            self._emit(Phoneme(self._sounding[0], self._sounding[1], time))
        self._sounding = None
