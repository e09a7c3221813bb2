"""The segments of one live stream: what was fed to the recogniser, and what it made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from myna.engines.protocols import HEARING_RATE, Hearer
from myna.engines.words import spaced
from myna.speech.listening import TimedWord

_BLOCK = 2048
"""Samples that are fed at a time, 0.128 s: where the cuts are is part of what a recogniser hears."""
_LEARN = 0.5
"""How fast it is learnt how long a second look takes."""
_AT_LEAST = 1.2
"""How much longer one takes that has not ended, at least."""
_AGAIN = 0.25
"""What it takes at least to hear something again, of what it took to follow it, before one has ended."""
_NOTHING = 0.15
"""The same, below which nothing was heard again."""

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Segment:
    """What was heard in a stretch of speech, in seconds of the stream.

    Attributes:
        words: never overlapping, in order.
        start, until: the stretch.
        language, reviewed: as of a `Final`.
    """

    words: tuple[TimedWord, ...]
    start: float
    until: float
    language: str | None
    reviewed: bool


class Ear:
    """Feeds a `Hearer` segment by segment, and tells its words in seconds of the stream.

    Attributes:
        open: whether a segment is.
        start: where it began, in samples of the stream.
        length: samples of it.
        reviewed: whether the recogniser has looked twice at all of it.
    """

    def __init__(self, hearer: Hearer, clock: Callable[[], float]) -> None:
        self.open = False
        self.start = 0
        self.length = 0
        self.reviewed = False
        self._hearer = hearer
        self._clock = clock
        self._spent = 0.0
        self._followed = 0.0
        self._price: float | None = None
        self._held: list[Samples] = []
        self._count = 0
        self._last = 0.0
        self._review: Iterator[None] | None = None

    def begin(self, start: int) -> None:
        """A segment begins at this sample of the stream."""
        self.open, self.start, self.length = True, start, 0
        self._followed = 0.0
        self._forget()
        self._hearer.begin()

    def feed(self, samples: Samples) -> bool:
        """More of it; whether the recogniser got any. What it looked at again is forgotten."""
        self._forget()
        self._held.append(samples)
        self._count += len(samples)
        self.length += len(samples)
        if self._count < _BLOCK:
            return False
        self.settle()
        return True

    def words(self) -> tuple[TimedWord, ...]:
        """The words so far, as far as they streamed."""
        return self._placed(self._hearer.partial())

    def settle(self) -> None:
        """Let the recogniser have all that was fed."""
        if self._held:
            begun = self._clock()
            self._hearer.feed(np.concatenate(self._held))
            self._followed += self._clock() - begun
            self._held, self._count = [], 0

    def pause(self) -> None:
        """Nothing is said for a moment: there is time to look again."""
        self.settle()
        self._review = self._hearer.review()

    def look(self) -> bool:
        """One step of the second look; False where there is nothing to do."""
        if self._review is None:
            return False
        begun = self._clock()
        done = next(self._review, self) is self
        self._spent += self._clock() - begun
        price = self._spent * HEARING_RATE / max(self.length, 1)
        expected = self._expected()
        if done:
            self._review, self.reviewed = None, True
            if self._spent > _NOTHING * self._followed:
                self._price = expected + (price - expected) * _LEARN
        elif price * _AT_LEAST > expected:
            self._price = price * _AT_LEAST
        return not done

    def close(self, patience: float) -> Segment:
        """The segment is over: what was said.

        The second look may take so many seconds more. If looks of late, or else what it took to follow the
        segment, tell that it would not end in time, it is given up at once.
        """
        if self._review is None and not self.reviewed:
            self.pause()
        due = self._expected() * self.length / HEARING_RATE - self._spent
        until = self._clock() + (patience if due < patience else 0.0)
        while self._clock() < until and self.look():
            pass
        heard = self._hearer.final()
        segment = Segment(
            self._placed(heard.words),
            self.start / HEARING_RATE,
            (self.start + self.length) / HEARING_RATE,
            heard.language,
            heard.reviewed,
        )
        self._last = max(self._last, segment.start, *(word.end for word in segment.words))
        self.open = False
        self._forget()
        return segment

    def _expected(self) -> float:
        """Seconds that a second look takes for each second of audio."""
        if self._price is not None:
            return self._price
        return _AGAIN * self._followed * HEARING_RATE / max(self.length, 1)

    def _forget(self) -> None:
        self._review, self.reviewed, self._spent = None, False, 0.0

    def _placed(self, words: Sequence[TimedWord]) -> tuple[TimedWord, ...]:
        """The words in seconds of the stream, within the segment and one after the other."""
        offset, end = self.start / HEARING_RATE, (self.start + self.length) / HEARING_RATE
        at = max(self._last, offset)
        placed: list[TimedWord] = []
        for word in words:
            start = min(max(word.start + offset, at), end)
            at = min(max(word.end + offset, start), end)
            placed.append(replace(word, start=round(start, 3), end=round(at, 3)))
        return tuple(placed)


def joined(words: Sequence[TimedWord], language: str | None) -> str:
    """The words as they are written in this language."""
    return between(language).join(word.text for word in words)


def between(language: str | None) -> str:
    """What stands between words of a language, if anything does."""
    return " " if language is None or spaced(language) else ""
