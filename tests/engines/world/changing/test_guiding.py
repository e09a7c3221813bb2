"""Filters that bring what was changed to what the original should become."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.world.bands import CENTRES, mel
from myna.engines.world.changing.guiding import Guided
from myna.engines.world.filtering import envelopes


class Steady:
    """The same gains for all frames."""

    def __init__(self, gains: np.ndarray | float) -> None:
        self._gains = np.broadcast_to(gains, len(CENTRES))

    def gains(self, envelope: np.ndarray, phones: list[str]) -> np.ndarray:
        return np.tile(self._gains, (len(envelope), 1))


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, count).astype(np.float32)


def guided(
    original: np.ndarray, samples: np.ndarray, gains: np.ndarray | float = 0.0, cuts: list[int] | None = None
) -> np.ndarray:
    guide = Guided(Steady(gains), 120.0, 120.0)
    places = [0, *sorted(cuts or []), len(samples)]
    parts = []
    for start, end in pairwise(places):
        guide.hear(original[start:end])
        parts.append(guide.push(samples[start:end]))
    return np.concatenate((*parts, guide.finish()))


def level(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(samples.astype(float) ** 2)))


@pytest.mark.parametrize("count", [0, 1, 127, 128, 5000])
def test_what_is_as_it_should_be_stays(count: int) -> None:
    samples = noise(count)
    result = guided(samples, samples)
    assert result.dtype == np.float32 and result.shape == samples.shape
    assert np.abs(result - samples).max(initial=0) < 1e-5


def test_gains_are_those_of_the_original() -> None:
    samples = noise(16000)
    assert level(guided(samples, samples, 6.0)) - level(samples) == pytest.approx(6.0, abs=0.1)


def test_what_changing_took_is_given_back() -> None:
    original = noise(32000)
    dull = np.convolve(original, np.ones(4) / 4, "same").astype(np.float32)
    result = guided(original, dull)
    below = CENTRES < mel(6500.0)
    before, after = (
        np.abs(envelopes(each.astype(float), CHANGING_RATE, 120.0) - wanted)[:, below].mean()
        for wanted in (envelopes(original.astype(float), CHANGING_RATE, 120.0),)
        for each in (dull, result)
    )
    assert after < before / 3


def test_what_is_silent_stays_silent() -> None:
    assert np.abs(guided(noise(8000), np.zeros(8000, np.float32), 12.0)).max() < 1e-6


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 6000), max_size=6))
def test_how_it_is_cut_makes_no_difference(cuts: list[int]) -> None:
    original, samples = noise(6000), noise(6000, 1)
    assert np.abs(guided(original, samples, 3.0, cuts) - guided(original, samples, 3.0)).max() < 1e-6
