"""A recogniser and a network that hear what is written in the samples: no model, no chance, any speed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from myna.engines.hearing.session import Session
from myna.engines.protocols import HEARING_RATE, Heard, Hearing
from myna.speech.listening import Endpointing, HeardEvent, TimedWord, Turns

Samples = NDArray[np.float32]
WORD_SECONDS = 0.256
"""Length of a word: eight frames."""
STEP_SECONDS = 0.05
"""Time that a step of the second look takes."""
_LOUD = 0.1
_STEP = 0.01


def word(number: int, seconds: float = WORD_SECONDS) -> Samples:
    """Sound that is heard as the word of this number, 0 to 69."""
    return np.full(round(seconds * HEARING_RATE), 0.2 + _STEP * number, dtype=np.float32)


def silence(seconds: float) -> Samples:
    """Nothing."""
    return np.zeros(round(seconds * HEARING_RATE), dtype=np.float32)


def noise(seconds: float) -> Samples:
    """What the network takes for speech, and the recogniser for no word."""
    return np.full(round(seconds * HEARING_RATE), 0.15, dtype=np.float32)


class LoudNetwork:
    """Takes for speech what is loud, however much it was raised."""

    def __init__(self) -> None:
        self.asked = 0

    def reset(self) -> None:
        pass

    def probability(self, frame: Samples) -> float:
        self.asked += 1
        return 0.95 if float(np.mean(np.abs(frame) > _LOUD)) > 0.5 else 0.02


class ScriptedHearer:
    """Streams every word with a question mark, which the second look takes away.

    The last word that streams is revised as more of it comes. A word that looks the same as the one before
    it without a pause is the same word.

    Attributes:
        fed: of the open segment.
        open: whether one is.
        looks: steps of second looks so far.
        seconds: time that they took.
        language: what it says that was spoken.
    """

    def __init__(self, steps: int) -> None:
        self.fed: list[Samples] = []
        self.open = False
        self.looks = 0
        self.seconds = 0.0
        self.language = "en"
        self._steps = steps
        self._reviewed = False

    def begin(self) -> None:
        assert not self.open, "a segment began in another"
        self.fed, self.open, self._reviewed = [], True, False

    def feed(self, samples: Samples) -> None:
        assert self.open, "audio outside of a segment"
        self.fed.append(samples)
        self._reviewed = False

    def partial(self) -> tuple[TimedWord, ...]:
        words = self._words("?")
        if words and words[-1].end - words[-1].start < WORD_SECONDS - 1e-6:
            last = words[-1]
            words = (*words[:-1], TimedWord(last.text + "?", last.start, last.end))
        return words

    def review(self) -> Iterator[None]:
        for _ in range(self._steps):
            self.looks += 1
            self.seconds += STEP_SECONDS
            yield
        self._reviewed = True

    def final(self) -> Heard:
        assert self.open, "no segment is open"
        self.open = False
        return Heard(self._words("" if self._reviewed else "?"), self.language, self._reviewed)

    def _words(self, mark: str) -> tuple[TimedWord, ...]:
        samples = np.concatenate(self.fed) if self.fed else silence(0)
        numbers = np.where(samples > 0.195, np.rint((samples - 0.2) / _STEP), -1).astype(int)
        edges = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(numbers)]
        return tuple(
            TimedWord(f"w{numbers[start]}{mark}", start / HEARING_RATE, end / HEARING_RATE)
            for start, end in pairwise(edges)
            if end > start and numbers[start] >= 0
        )


class ScriptedRecognizer:
    """Hears scripts; the second look takes so many steps."""

    name = "scripted"

    def __init__(self, steps: int = 3) -> None:
        self.hearer = ScriptedHearer(steps)

    def hear(self, language: str | None, keyterms: tuple[str, ...]) -> ScriptedHearer:
        return self.hearer

    def transcribe(self, samples: Samples, language: str | None, keyterms: tuple[str, ...]) -> Heard:
        raise NotImplementedError


class Room:
    """A session over a script, with all that it told."""

    def __init__(self, ends: Endpointing | Turns, steps: int = 3, language: str | None = "en") -> None:
        self.told: list[HeardEvent] = []
        self.network = LoudNetwork()
        recognizer = ScriptedRecognizer(steps)
        self.hearer = recognizer.hearer
        hearing = Hearing("scripted", language=language, endpointing=ends)
        self.session = Session(
            recognizer, hearing, self.told.append, self.network, lambda: recognizer.hearer.seconds
        )

    def live(self, samples: Samples, steps: int = 100, piece: int = 1600) -> None:
        """Feed as it is spoken: so many steps of work fit between two pieces."""
        for at in range(0, len(samples), piece):
            self.session.feed(samples[at : at + piece])
            for _ in range(steps):
                if not self.session.work():
                    break
            else:
                self.session.work()

    def of(self, *kinds: type) -> list[HeardEvent]:
        """What was told of these kinds."""
        return [event for event in self.told if isinstance(event, kinds)]
