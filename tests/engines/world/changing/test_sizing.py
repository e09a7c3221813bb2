"""Resonances moved by a factor, and the factor found."""

from __future__ import annotations

import numpy as np
import pytest

from myna.engines.world.bands import CENTRES, mel
from myna.engines.world.cepstra import cepstra
from myna.engines.world.changing.sizing import Sized, sizing
from myna.engines.world.regression import Sample
from myna.engines.world.stepwise import at_once


def resonance(hz: float) -> np.ndarray:
    """Levels of bands around a single resonance, shape (1, BANDS)."""
    return 30 * np.exp(-0.5 * ((CENTRES - mel(hz)) / 0.12) ** 2)[None]


def speech(seed: int) -> Sample:
    """Frames in which three resonances wander."""
    noise = np.random.default_rng(seed)
    frames = [
        sum(resonance(float(hz)) for hz in np.array([500, 1500, 2500]) * noise.uniform(0.7, 1.4, 3))
        for _ in range(400)
    ]
    voiced = np.ones(len(frames), bool)
    return Sample(cepstra(np.concatenate(frames)), voiced, ~voiced, 0.008)


def hz_of(levels: np.ndarray) -> float:
    return float(700 * np.expm1(CENTRES[int(levels[0].argmax())]))


@pytest.mark.parametrize("scale", [0.85, 1.0, 1.2])
@pytest.mark.parametrize("hz", [700.0, 1800.0])
def test_what_is_at_a_frequency_moves_by_the_factor(scale: float, hz: float) -> None:
    before = resonance(hz)
    after = before + Sized(scale).gains(before, [""])
    assert hz_of(after) == pytest.approx(scale * hz, rel=0.06)


def test_the_size_is_found() -> None:
    base = speech(1)
    for scale in (0.88, 1.0, 1.14):
        target = Sized(scale).moved(speech(2))
        found = at_once(sizing(base, target, 3 * float(np.log(scale))))
        before = resonance(1500.0)
        assert hz_of(before + found.gains(before, [""])) == pytest.approx(scale * 1500, rel=0.06)


def test_a_size_that_goes_ill_with_the_pitch_needs_more_to_speak_for_it() -> None:
    base, before = speech(1), resonance(1500.0)
    high, low = (at_once(sizing(base, speech(2), 3 * float(np.log(each)))) for each in (1.15, 0.87))
    assert hz_of(before + high.gains(before, [""])) > hz_of(before + low.gains(before, [""]))
