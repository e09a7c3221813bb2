"""Whether audio comes as it is spoken, or as fast as it is heard."""

from __future__ import annotations

from collections.abc import Callable
from math import exp

_RESTED = 0.3
"""Share of the audio that came after a moment without any, from which on it is spoken right now."""
_RESTED_SECONDS = 2.0
"""Over how much audio that is taken."""
_PIECE = 0.25
"""Most of a piece of audio that counts for it, in seconds."""
_FAST = 1.5
"""Seconds of audio in a second above which nobody speaks it right now."""
_FAST_SECONDS = 10.0
"""Over how much audio that is taken."""


class Pace:
    """Watches when audio comes.

    Somebody who speaks leaves moments without audio to hear. Where a machine is too slow for that for a
    while, the audio still comes no faster than it is spoken.

    Args:
        clock: seconds that pass.

    Attributes:
        live: whether it is spoken right now; not before that is sure.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.live = False
        self._clock = clock
        self._last = clock()
        self._resting = False
        self._rested = 0.0
        self._audio = 0.0
        self._time = 0.0

    def rest(self) -> None:
        """No audio waits."""
        self._resting = True

    def push(self, seconds: float) -> None:
        """So much audio came."""
        now = self._clock()
        kept = exp(-seconds / _FAST_SECONDS)
        self._audio = self._audio * kept + seconds
        self._time = self._time * kept + now - self._last
        self._last = now
        kept = exp(-min(seconds, _PIECE) / _RESTED_SECONDS)
        self._rested = self._rested * kept + self._resting * (1.0 - kept)
        self._resting = False
        if self._rested >= _RESTED:
            self.live = True
        elif self._audio > _FAST * self._time:
            self.live = False
