"""Listens to one stream with PocketSphinx."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from myna.engines.protocols import Heard
from myna.engines.sphinx.cepstra import SIZE, Cepstra, Frames
from myna.engines.sphinx.decoding import Pass
from myna.speech.listening import TimedWord

_STEP = 20
"""Frames of one step of a review."""
_WEIGHT = 100.0
"""Frames that the mean known before a segment counts for."""
_DELAY = 50
"""Frames that are waited for where nothing is known of the channel."""


class SphinxHearer:
    """A `Hearer`: one pass follows the audio with the mean known so far, a second one knows the whole."""

    def __init__(self, first: Pass, second: Pass) -> None:
        self._first, self._second = first, second
        self._cepstra = Cepstra()
        self._frames: list[Frames] = []
        self._sum = np.zeros(SIZE)
        self._count = 0
        self._pushed = 0
        self._known: NDArray[np.float64] | None = None
        self._reviewed = -1

    def begin(self) -> None:
        """A segment begins."""
        self._learn()
        self._cepstra.reset()
        self._frames, self._sum, self._count = [], np.zeros(SIZE), 0
        self._pushed = 0
        self._reviewed = -1
        self._first.start()

    def hold(self, samples: NDArray[np.float32]) -> None:
        """More of it, for the review alone."""
        frames = self._cepstra.push(samples)
        if len(frames):
            self._frames.append(frames)
            self._sum = self._sum + frames.sum(axis=0)
            self._count += len(frames)

    def feed(self, samples: NDArray[np.float32]) -> None:
        """More of it."""
        self.hold(samples)
        if self._known is not None or self._count >= _DELAY:
            self._follow()

    def partial(self) -> tuple[TimedWord, ...]:
        """The words so far."""
        return self._first.words()

    def review(self) -> Iterator[None]:
        """Decode all again, with the mean of all."""
        frames = self._all()
        if not len(frames):
            return
        frames = frames - frames.mean(axis=0)
        self._second.start()
        for start in range(0, len(frames), _STEP):
            self._second.push(frames[start : start + _STEP])
            yield
        self._second.finish()
        self._reviewed = len(frames)

    def final(self) -> Heard:
        """The reviewed words, or those that streamed."""
        if self._reviewed == self._count:
            return Heard(self._second.words(), "en")
        self._follow()
        self._first.finish()
        return Heard(self._first.words(), "en", reviewed=False)

    def _follow(self) -> None:
        frames = self._all()[self._pushed :]
        if len(frames):
            known = self._known
            mean = self._sum / self._count
            if known is not None:
                mean = (known * _WEIGHT + self._sum) / (_WEIGHT + self._count)
            self._first.push(frames - mean)
            self._pushed += len(frames)

    def _all(self) -> Frames:
        if len(self._frames) > 1:
            self._frames = [np.concatenate(self._frames)]
        return self._frames[0] if self._frames else np.zeros((0, SIZE))

    def _learn(self) -> None:
        if self._count >= _DELAY:
            mean = self._sum / self._count
            self._known = mean if self._known is None else 0.5 * (self._known + mean)
