"""The map between two voices, on voices whose map is known."""

import numpy as np
import pytest

from myna.engines.world.cepstra import COUNT, cepstra, drawn
from myna.engines.world.regression import Affine, Sample, regression, scaling

SPREAD = 30.0 / (1 + np.arange(COUNT))


def speech(seed: int, count: int = 1200) -> np.ndarray:
    """Cepstra that dwell at some of a dozen places and move on, as sounds of speech do."""
    places = np.random.default_rng(0).normal(0, 1, (12, COUNT)) * SPREAD
    random = np.random.default_rng(seed)
    order = random.integers(0, 12, count // 12 + 1)
    steps = np.repeat(places[order], 12, axis=0)[:count]
    smooth = np.apply_along_axis(lambda row: np.convolve(row, np.ones(5) / 5, "same"), 0, steps)
    return smooth + random.normal(0, 0.1, (count, COUNT)) * SPREAD


def sample(values: np.ndarray, voiceless: int = 200) -> Sample:
    voiced = np.arange(len(values)) >= voiceless
    return Sample(values, voiced, ~voiced, 0.008)


def other_voice() -> Affine:
    """Resonances that leak into their neighbours, through another microphone."""
    leak = np.eye(COUNT) + 0.25 * np.eye(COUNT, k=1) - 0.25 * np.eye(COUNT, k=-1)
    return Affine(leak, np.random.default_rng(7).normal(0, 6, COUNT))


@pytest.mark.parametrize("voiced", [True, False])
def test_a_voice_is_not_moved_to_itself(voiced):
    base = sample(speech(1))
    found = regression(base, base, voiced=voiced)
    values = base.cepstra[base.part(voiced=voiced)]
    assert np.abs(found(values) - values).std() < 0.15 * values.std()


def test_the_map_is_found_from_other_words():
    truth = other_voice()
    target = sample(truth(speech(2)))
    base = sample(speech(1))
    found = regression(base, target, voiced=True)
    fresh = speech(3)
    wanted = truth(fresh)
    usual = scaling(base.cepstra[base.voiced], target.cepstra[target.voiced])

    def off(values: np.ndarray) -> float:
        return float(np.sqrt(np.mean((values - wanted) ** 2)))

    assert off(found(fresh)) < 0.8 * off(usual(fresh)) < off(fresh)


def test_too_few_voiceless_frames_are_helped_out_by_the_rest():
    base, target = sample(speech(1)), sample(speech(2), voiceless=3)
    found = regression(base, target, voiced=False)
    assert np.isfinite(found.matrix).all()
    assert np.abs(found(base.cepstra)).max() < 5 * np.abs(base.cepstra).max()


def test_blending_goes_from_one_map_to_the_other():
    one, other = other_voice(), Affine(np.eye(COUNT), np.zeros(COUNT))
    values = speech(4, 24)
    half = one.blended(other, 0.5)
    assert half(values) == pytest.approx((one(values) + values) / 2)
    assert one.blended(other, 1.0)(values) == pytest.approx(one(values))


def test_cepstra_draw_smooth_envelopes():
    places = np.arange(64) / 64
    smooth = np.stack([10 * np.cos(2 * np.pi * places), 20 * places])
    assert drawn(cepstra(smooth)) == pytest.approx(smooth, abs=0.3)
