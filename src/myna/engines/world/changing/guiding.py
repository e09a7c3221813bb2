"""Speech at another pitch, filtered until it has the timbre that was meant.

Moving the pitch changes a timbre by itself. So the gains are not those from the one voice to the other: they
are what is missing, frame by frame, between what the speech at the other pitch has and what the original
should become.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.world.cepstra import cepstra, drawn
from myna.engines.world.filtering import Ear, FollowingFilter
from myna.speech.embedding import BANDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myna.engines.changing.protocols import Samples
    from myna.engines.world.bands import Floats
    from myna.engines.world.mapping import Mapping

_MOST = 24.0
"""Decibels that a band is raised or lowered at most."""


class Guided:
    """Filters speech whose pitch was moved, in step with the original; what comes out is as long."""

    def __init__(self, mapping: Mapping, pitch_hz: float, moved_hz: float) -> None:
        """Give it the timbre that `mapping` makes of the original's.

        Args:
            mapping: hears the original.
            pitch_hz: its usual fundamental frequency.
            moved_hz: the same of what is filtered.
        """
        self._mapping = mapping
        self._ear = Ear(CHANGING_RATE, pitch_hz)
        self._filter = FollowingFilter(self, CHANGING_RATE, moved_hz)
        self._originals = np.zeros(0, np.float32)
        self._wanted = np.zeros((0, BANDS))

    def sounds(self, pitch_hz: float) -> None:
        """The usual fundamental frequency of the original, as it is known by now."""
        self._ear.pitch_hz = pitch_hz

    def hear(self, original: Samples | Floats) -> None:
        """Take what belongs to samples that `push` is yet to get, shape (n,)."""
        self._originals = np.concatenate((self._originals, original), dtype=np.float32)

    def push(self, samples: Samples) -> Samples:
        """Take samples whose pitch was moved, shape (n,); gives those that are ready."""
        count = len(samples)
        self._want(self._ear.hear(self._originals[:count]))
        self._originals = self._originals[count:]
        return self._filter.feed(samples)

    def finish(self) -> Samples:
        """The rest; nothing is taken after that."""
        self._want(self._ear.finish())
        return self._filter.finish()

    def whole(self, original: Samples | Floats, samples: Samples) -> Samples:
        """All of the samples at once, which belong to all of the original."""
        self.hear(original)
        return np.concatenate((self.push(samples), self.finish()))

    def gains(self, envelope: Floats, phones: Sequence[str]) -> Floats:
        """What is missing; see `Mapping`."""
        wanted, self._wanted = self._wanted[: len(envelope)], self._wanted[len(envelope) :]
        return np.clip(drawn(cepstra(wanted - envelope)), -_MOST, _MOST)

    def _want(self, heard: Floats) -> None:
        if len(heard):
            self._wanted = np.concatenate((self._wanted, heard + self._mapping.gains(heard, ())))
