"""What a stream's voice needs to become another, learnt again and again while it speaks.

Learning takes far longer than a frame lasts. It goes on in small steps between frames, and what was learnt
is faded in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from myna.engines.world.bandwidth import continued, held
from myna.engines.world.cepstra import cepstra
from myna.engines.world.changing.timbre import Timbre, finding, loudness
from myna.engines.world.changing.usual import thinned
from myna.engines.world.frames import speech
from myna.engines.world.regression import Sample
from myna.engines.world.stepwise import Steps
from myna.speech.embedding import BANDS

if TYPE_CHECKING:
    from myna.engines.world.bands import Floats
    from myna.engines.world.changing.target import Target

_FIRST = 60
"""Voiced frames from which a map is learnt for the first time: half a second of voice."""
_AGAIN = 1.6
"""By how much more of them it is learnt again."""
_RARELY = 4000
"""Voiced frames after which it is learnt again in any case."""
_KEPT = 6000
"""Frames that are looked at: the last 48 s."""
_VOICED, _VOICELESS = 500, 200
"""Frames of voiced and of voiceless speech that are learnt from."""
_FADE = 40
"""Frames in which one map takes the place of another: 0.3 s."""
_STEP = 2
"""Frames in which one step is done, lest a push has to wait for two."""


class Learner:
    """A `Mapping` into another voice that knows better and better what it maps."""

    def __init__(self, target: Target, period: float) -> None:
        """Learn to map into the voice of `target`, from frames that are `period` seconds apart."""
        known = target.sample
        self._target = Sample(
            known.cepstra, thinned(known.voiced, _VOICED), thinned(known.voiceless, _VOICELESS), known.period
        )
        self._target_hz = target.pitch_hz
        self._period = period
        self._envelopes = np.zeros((_KEPT, BANDS), np.float32)
        self._voiced = np.zeros(_KEPT, bool)
        self._pitch_hz = 150.0
        self._pending: list[bool] = []
        self._count = self._spoken = 0
        self._next = _FIRST
        self._work: Steps[Timbre] | None = None
        self._old: Timbre | None = None
        self._new: Timbre | None = None
        self._faded = _FADE

    def sounds(self, pitch_hz: float) -> None:
        """The usual fundamental frequency of the one who speaks, as far as it is known."""
        self._pitch_hz = pitch_hz

    def tells(self, voiced: bool) -> None:
        """Whether the next frame that is not told yet is voiced; told before its gains are asked for."""
        self._pending.append(voiced)

    def gains(self, envelope: Floats, phones: Sequence[str]) -> Floats:
        """See `Mapping`."""
        return np.concatenate([self._frame(each[None]) for each in envelope])

    def _frame(self, envelope: Floats) -> Floats:
        self._remember(envelope[0], self._pending.pop(0) if self._pending else False)
        if self._count % _STEP == 0:
            self._learn()
        gains = _applied(self._new, envelope)
        if self._faded < _FADE:
            self._faded += 1
            share = self._faded / _FADE
            gains = share * gains + (1 - share) * _applied(self._old, envelope)
        return gains

    def _remember(self, envelope: Floats, voiced: bool) -> None:
        place = self._count % _KEPT
        self._envelopes[place] = envelope
        self._voiced[place] = voiced
        self._count += 1
        self._spoken += voiced

    def _learn(self) -> None:
        """Go a step on with what is being learnt, or begin."""
        if self._work is None:
            if self._spoken >= self._next and self._faded >= _FADE:
                self._next = min(round(self._spoken * _AGAIN), self._spoken + _RARELY)
                self._work = self._learning()
            return
        try:
            next(self._work)
        except StopIteration as end:
            self._old, self._new, self._faded, self._work = self._new, end.value, 0, None

    def _learning(self) -> Steps[Timbre]:
        """Learn from what was heard so far."""
        count = min(self._count, _KEPT)
        order = np.arange(self._count - count, self._count) % _KEPT
        levels, voiced = self._envelopes[order].astype(float), self._voiced[order]
        yield
        voiced, voiceless = speech(loudness(levels), voiced)
        yield
        bands = held(levels, voiced | voiceless)
        values = cepstra(continued(levels, voiced, bands))
        sample = Sample(values, thinned(voiced, _VOICED), thinned(voiceless, _VOICELESS), self._period, bands)
        yield
        return (yield from finding(sample, self._pitch_hz, self._target, self._target_hz))


def _applied(timbre: Timbre | None, envelope: Floats) -> Floats:
    return np.zeros_like(envelope) if timbre is None else timbre.gains(envelope, ())
