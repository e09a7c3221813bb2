"""What stands for speech that was not heard yet: how people usually speak."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from myna.engines.world.bands import Floats
from myna.engines.world.calibration import calibrations
from myna.engines.world.detail import usual_size
from myna.engines.world.frames import Mask
from myna.engines.world.regression import Sample

_ENOUGH_VOICED, _ENOUGH_VOICELESS = 400, 120
"""Frames of speech that need no others beside them."""
_ALIKE = 6
"""Frames one after the other that say no more than a single one."""
_DOUBT = 2.0
"""Frames, each unlike the others, that would speak for the usual timbre."""


def filled(heard: Sample, pitch_hz: float) -> Sample:
    """Speech with as much of what is usual beside it as it lacks.

    Args:
        heard: the speech, with some voiced frames.
        pitch_hz: the usual fundamental frequency of who speaks.
    """
    voiced = max(_ENOUGH_VOICED - int(heard.voiced.sum()), 0)
    voiceless = max(_ENOUGH_VOICELESS - int(heard.voiceless.sum()), 0)
    if not voiced and not voiceless:
        return heard
    usual = _usual(pitch_hz, heard.period)
    cepstra = usual.cepstra.copy()
    shift = _shift(heard.cepstra[heard.voiced], usual.cepstra[usual.voiced], None)
    cepstra += shift
    hiss = usual.voiceless
    cepstra[hiss] += _shift(heard.cepstra[heard.voiceless], cepstra[hiss], np.zeros(cepstra.shape[1]))
    return Sample(
        np.concatenate((heard.cepstra, cepstra)),
        np.concatenate((heard.voiced, thinned(usual.voiced, voiced))),
        np.concatenate((heard.voiceless, thinned(usual.voiceless, voiceless))),
        heard.period,
        heard.bands,
    )


def thinned(mask: Mask, most: int) -> Mask:
    """So few of the places of a mask, spread over all of it."""
    places = np.flatnonzero(mask)
    kept = np.zeros_like(mask)
    if len(places):
        kept[places[np.linspace(0, len(places) - 1, min(most, len(places))).astype(int)]] = True
    return kept


def _shift(heard: Floats, usual: Floats, without: Floats | None) -> Floats:
    """From usual frames to where those of the one who speaks probably are.

    Args:
        heard: frames of the one who speaks, shape (n, COUNT).
        usual: what would be usual, shape (m, COUNT).
        without: the shift where nothing was heard; None for that of the level alone.
    """
    if not len(heard):
        return np.zeros(usual.shape[1]) if without is None else without
    off = heard.mean(axis=0) - usual.mean(axis=0)
    known = len(heard) / (len(heard) + _ALIKE * _DOUBT)
    shift = known * off
    if without is None:
        shift[0] = off[0]
    return np.asarray(shift)


def _usual(pitch_hz: float, period: float) -> Sample:
    size = usual_size(pitch_hz)
    known = [each for each in calibrations() if each.engine == "flite"]
    places = [abs(math.log(each.formant_scale / size)) for each in known]
    return _at_period(int(np.argmin(places)), period)


@lru_cache(maxsize=16)
def _at_period(number: int, period: float) -> Sample:
    sample = [each for each in calibrations() if each.engine == "flite"][number].sample
    count = int((len(sample.cepstra) - 1) * sample.period / period)
    at = np.arange(count) * period / sample.period
    low = at.astype(int)
    share = (at - low)[:, None]
    cepstra = sample.cepstra[low] * (1 - share) + sample.cepstra[low + 1] * share
    nearest = np.rint(at).astype(int)
    return Sample(cepstra, sample.voiced[nearest], sample.voiceless[nearest], period)
