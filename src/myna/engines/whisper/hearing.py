"""Whisper in a stream: it hears whole segments, so partials are quick looks at the segment so far."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from myna.engines.protocols import HEARING_RATE, Heard
from myna.speech.listening import TimedWord

if TYPE_CHECKING:
    from myna.engines.whisper.decoding import Decoder

_EVERY = 1.0
"""Least seconds of new audio between two quick looks."""
_SHARE = 3.0
"""How much longer the new audio must be than a look at it takes."""
_MOST = 5.0
"""Seconds of audio between looks above which there are none: the model is too slow for this machine."""
_EAGER = 0.5
"""Seconds of a quick look above which nothing is reviewed before it is known to be over."""


class WhisperHearer:
    """A `Hearer`; what it keeps of a stream is the language that was asked for."""

    def __init__(self, decoder: Decoder, code: str | None, keyterms: tuple[str, ...]) -> None:
        self._decoder = decoder
        self._code = code
        self._keyterms = keyterms
        self.begin()

    def begin(self) -> None:
        """A segment begins."""
        self._pieces: list[NDArray[np.float32]] = []
        self._fed = 0
        self._looked = 0
        self._words: tuple[TimedWord, ...] = ()
        self._reviewed: tuple[int, Heard] | None = None

    def feed(self, samples: NDArray[np.float32]) -> None:
        """More of the segment."""
        self._pieces.append(np.array(samples, dtype=np.float32))
        self._fed += len(samples)

    def partial(self) -> tuple[TimedWord, ...]:
        """The words so far, as of the last quick look."""
        apart = max(_EVERY, _SHARE * self._decoder.seconds)
        if apart <= _MOST and self._fed - self._looked >= apart * HEARING_RATE:
            self._looked = self._fed
            self._words = self._decoder.decode(self._all(), self._code, self._keyterms, quick=True).words
        return self._words

    def review(self) -> Iterator[None]:
        """The whole segment, in one step: a model cannot be interrupted. A slow one waits for `final`."""
        if self._decoder.seconds <= _EAGER:
            self._look()
            yield

    def final(self) -> Heard:
        """What was said, looked at now unless it was reviewed to its end."""
        if self._reviewed is not None and self._reviewed[0] == self._fed:
            return self._reviewed[1]
        return self._look()

    def _look(self) -> Heard:
        heard = self._decoder.decode(self._all(), self._code, self._keyterms)
        self._reviewed = self._fed, heard
        return heard

    def _all(self) -> NDArray[np.float32]:
        if len(self._pieces) != 1:
            whole = np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.float32)
            self._pieces = [whole]
        return self._pieces[0]
