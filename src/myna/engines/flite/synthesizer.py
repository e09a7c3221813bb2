"""The Flite engine: English in the timbre of recorded voices, streamed clause by clause with true times."""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from myna.engines.flite import binding
from myna.engines.flite.phones import ipa
from myna.engines.flite.text import read
from myna.engines.protocols import Emit, Onset, Pcm, Phoneme, Utterance, Word
from myna.engines.silence import CLAUSE_PAUSE, JOIN, LEAD, SENTENCE_PAUSE, pause_after
from myna.engines.words import WordClock
from myna.speech.errors import EngineError

if TYPE_CHECKING:
    from myna.engines.flite.shelf import Shelf

_DEFAULT = "slt"
_STEP = 50
"""Sample rates are multiples of this, in Hz, which moves formants by 0.2 % at most."""
_SILENT_RATE = 16000
_FADE = 80
"""Samples over which a clause fades out where its silence is cut."""


@dataclass(frozen=True, slots=True)
class _Base:
    """A recorded voice: its size like `Timbre.formant_scale`, and how its melody lies around the mean set."""

    size: float
    offset: float = 0.0
    slope: float = 1.0
    spread: float = 0.11
    stretch: float = 1.0
    gain: float = 1.0


_BASES = {
    "slt": _Base(1.12, offset=3.6),
    "rms": _Base(1.0, offset=3.5),
    "awb": _Base(1.03, offset=4.0),
    "kal16": _Base(0.97, slope=1.05, stretch=1.1, gain=2.0),
}


def find() -> None:
    """Look for the library.

    Raises:
        EngineError: it is not installed, or none of its voices is.
    """
    binding.find()
    if not any(binding.installed(name) for name in _BASES):
        raise EngineError("none of its voices is installed; on Debian install libflite1")


def load() -> FliteSynthesizer:
    """Load the library and its usual voice into this process."""
    return FliteSynthesizer()


class FliteSynthesizer:
    """Flite in this process."""

    name = "flite"

    def __init__(self) -> None:
        """Load the library.

        Raises:
            EngineError: it is not installed.
        """
        import_module("myna.engines.flite.shelf")  # numpy is slow to load: not at the start of a worker
        self._library = binding.Library()
        self._library.load(next(name for name in _BASES if binding.installed(name)))

    def synthesize(self, utterance: Utterance, emit: Emit) -> None:
        """Speak as a stream.

        Raises:
            EngineError: the text is not English, or the timbre starts from a voice that is not installed.
        """
        if utterance.language.replace("_", "-").split("-", 1)[0].lower() != "en":
            raise EngineError(f"Flite speaks English only, not {utterance.language[:40]!r}; use eSpeak NG.")
        name = utterance.timbre.flite_base or _DEFAULT
        if name not in _BASES:
            raise EngineError(f"Flite has no voice {name[:40]!r}; choose one of {', '.join(_BASES)}.")
        _Speaking(self._library, name, utterance, emit).run()


class _Speaking:
    """One utterance on its way out of the library."""

    def __init__(self, library: binding.Library, name: str, utterance: Utterance, emit: Emit) -> None:
        timbre, base = utterance.timbre, _BASES[name]
        self._library, self._name, self._base = library, name, base
        self._utterance, self._emit = utterance, emit
        self._scale = timbre.formant_scale / base.size
        self._tempo = timbre.rate * utterance.speed
        self._reading = read(utterance)
        self._clock = WordClock(utterance.text, utterance.language) if utterance.word_times else None
        self._shelf: Shelf | None = None
        self._clause: _Clause | None = None
        self._due: deque[Word | Phoneme] = deque()
        self._sent = 0
        """Samples sent."""
        self._rate = 0
        """Samples per second as sent: resonances move with it."""

    def run(self) -> None:
        """Speak clause after clause."""
        reading = self._reading
        if reading.lexicon:
            self._library.teach(self._name, reading.lexicon)
        try:
            whole = self._speak_clauses(list(reading.clauses()))
        finally:
            if reading.lexicon:
                self._library.teach(self._name, {})
        if whole and self._clock:
            self._due.extend(self._clock.ends(self._sent / (self._rate or 1)))
            self._tell(None)

    def _speak_clauses(self, clauses: list[tuple[int, int]]) -> bool:
        for number, (start, end) in enumerate(clauses):
            text = self._reading.text[start:end]
            if not any(map(str.isalnum, text)):
                continue
            continued = number > 0 or self._utterance.continued
            clause = self._clause = _Clause(start, JOIN if continued else LEAD)
            self._speak(text)
            if clause.refused or not self._pause(text, last=number + 1 == len(clauses)):
                return False
        return self._clause is not None or self._pause(self._utterance.text, last=True)

    def _speak(self, text: str) -> None:
        utterance = self._utterance
        pitch = utterance.timbre.pitch_hz * utterance.pitch / self._scale
        spread = self._base.spread * pitch * utterance.timbre.pitch_range * utterance.pitch_range
        self._library.speak(
            self._name,
            text,
            self._receive,
            pitch=pitch * self._base.slope + self._base.offset,
            spread=spread,
            stretch=self._base.stretch * self._scale / self._tempo,
        )

    def _receive(self, samples: bytes, rate: int, segments: list[binding.Segment] | None) -> bool:
        clause = self._clause
        assert clause is not None
        if segments is not None:
            self._begin(clause, segments, rate)
        audio = clause.take(samples)
        if audio:
            if self._shelf is not None:
                audio = self._shelf.feed(audio)
            self._sent += len(audio) // 2
            clause.refused = not self._emit(Pcm(audio, self._rate))
            self._tell(self._sent / self._rate)
        return not (clause.refused or clause.complete)

    def _begin(self, clause: _Clause, segments: list[binding.Segment], rate: int) -> None:
        """Read the times of a clause, which are known before its first sample."""
        timbre = self._utterance.timbre
        self._rate = round(rate * self._scale / _STEP) * _STEP
        if self._shelf is None and (timbre.brightness or self._base.gain != 1.0):
            from myna.engines.flite.shelf import Shelf

            self._shelf = Shelf(timbre.brightness, self._base.gain, self._rate)
        clause.measure(segments, rate)
        begin = 0.0
        for segment in segments:
            start, end = (self._sent / self._rate + clause.time(t) / self._rate for t in (begin, segment.end))
            begin = segment.end
            symbol = ipa(segment.phone)
            if self._utterance.likeness is not None:
                self._emit(Onset(symbol, start))
            if not symbol:
                if self._clock:
                    self._clock.pauses(start)
                continue
            if self._clock and segment.behind:
                place = self._reading.place(clause.start + segment.behind)
                self._due.extend(self._clock.begins(place, start))
            if self._clock:
                self._clock.sounds()
            if self._utterance.phoneme_times:
                self._due.append(Phoneme(symbol, start, end))

    def _pause(self, text: str, *, last: bool) -> bool:
        if last:
            utterance = self._utterance
            seconds = pause_after(utterance.text, continues=utterance.continues, tempo=self._tempo)
        else:
            closing = text.rstrip("\"')] \t")[-1:]
            seconds = (CLAUSE_PAUSE if closing in ",;:" else SENTENCE_PAUSE) / self._tempo
        self._rate = self._rate or _SILENT_RATE
        samples = round(seconds * self._rate)
        if self._clock:
            self._clock.pauses(self._sent / self._rate)
        self._sent += samples
        return not samples or self._emit(Pcm(bytes(2 * samples), self._rate))

    def _tell(self, until: float | None) -> None:
        """Send the times that are over by `until` seconds; all of them when it is None."""
        while self._due and (until is None or self._due[0].end <= until):
            self._emit(self._due.popleft())


class _Clause:
    """Which samples of a clause are speech: the silence that the library puts around it is cut."""

    def __init__(self, start: int, lead: float) -> None:
        """The clause begins at character `start`; `lead` seconds of silence stay before it."""
        self.start = start
        self.refused = False
        self.complete = False
        self._lead = lead
        self._rate = 0
        self._begin = self._end = self._position = 0

    def measure(self, segments: list[binding.Segment], rate: int) -> None:
        """Learn where speech begins and ends, in seconds of the library."""
        silent = 0.0
        for segment in segments:
            if segment.phone != "pau":
                break
            silent = segment.end
        spoken = max((s.end for s in segments if s.phone != "pau"), default=0.0)
        self._rate = rate
        self._begin = max(0, round((silent - self._lead) * rate))
        self._end = max(self._begin, round((spoken + JOIN) * rate))

    def time(self, seconds: float) -> float:
        """Samples from the first one kept to a time of the library."""
        return max(0.0, seconds * self._rate - self._begin)

    def take(self, samples: bytes) -> bytes:
        """The part of a buffer that is speech; the last one fades to silence."""
        first, self._position = self._position, self._position + len(samples) // 2
        kept = samples[2 * max(0, self._begin - first) : 2 * max(0, self._end - first)]
        if self._position >= self._end and not self.complete:
            self.complete = True
            return _faded(kept)
        return kept


def _faded(samples: bytes) -> bytes:
    tail = array("h", samples)
    length = min(_FADE, len(tail))
    for index in range(1, length + 1):
        tail[-index] = tail[-index] * (index - 1) // length
    return tail.tobytes()
