"""A sound whose pitch changes, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myna.engines.world.changing.shifting import Shifter
from myna.engines.world.pitch import pitch
from myna.engines.world.tracking import HOP

RATE = 16000
HEIGHT = 125.0


def voice(seconds: float, height: float = HEIGHT) -> np.ndarray:
    """Pulses through two resonances, with pauses of hiss."""
    count = round(seconds * RATE)
    phase = np.arange(count) * height / RATE
    pulses = (np.diff(np.floor(phase), prepend=0.0) > 0).astype(float)
    times = np.arange(320) / RATE
    ringing = sum(np.exp(-times * 250) * np.sin(2 * np.pi * hz * times) for hz in (600.0, 1700.0))
    hiss = np.random.default_rng(1).normal(0, 0.01, count)
    return (0.3 * np.convolve(pulses * sounding(count), ringing)[:count] + hiss).astype(np.float32)


def sounding(count: int) -> np.ndarray:
    """Where the voice sounds: 0.4 s of each 0.6 s."""
    return np.arange(count) % (0.6 * RATE) > 0.2 * RATE


def heights(count: int) -> np.ndarray:
    return np.where(sounding(count + HOP)[::HOP], HEIGHT, 0.0)


def shifted(samples: np.ndarray, ratio: float, pieces: tuple[int, ...] = ()) -> np.ndarray:
    shifter, place, frame, parts = Shifter(), 0, 0, []
    track = heights(len(samples))
    for piece in (*pieces, len(samples)):
        ahead = track[frame : (place + piece) // HOP + 1]
        parts.append(shifter.push(samples[place : place + piece], ahead, ahead * ratio))
        place, frame = place + piece, frame + len(ahead)
    return np.concatenate((*parts, shifter.finish()))


@pytest.mark.parametrize("ratio", [0.55, 0.8, 1.0, 1.3, 1.9])
def test_the_pitch_changes_by_the_ratio(ratio: float) -> None:
    samples = voice(2.0)
    found = pitch(shifted(samples, ratio).astype(float), RATE, 200, 0.01)
    voiced = found[found > 0]
    assert len(voiced) > 100
    assert np.median(voiced) == pytest.approx(HEIGHT * ratio, rel=0.01)
    assert np.percentile(voiced, 90) / np.percentile(voiced, 10) < 1.05


@pytest.mark.parametrize("ratio", [0.6, 1.7])
def test_what_lies_between_voices_stays_sample_for_sample(ratio: float) -> None:
    samples = voice(2.0)
    result = shifted(samples, ratio)
    for start in (0.65, 1.25, 1.85):
        between = slice(round(start * RATE), round((start + 0.1) * RATE))
        assert np.abs(result[between] - samples[between]).max() < 1e-6
    assert np.sqrt(np.mean(result**2)) == pytest.approx(np.sqrt(np.mean(samples**2)), rel=0.2)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 4000), max_size=12), st.sampled_from([0.6, 1.0, 1.8]))
def test_however_it_is_cut_the_result_is_the_same_and_as_long(cuts: list[int], ratio: float) -> None:
    samples = voice(1.0)
    result = shifted(samples, ratio, tuple(cuts))
    assert result.shape == samples.shape
    assert np.abs(result - shifted(samples, ratio)).max() < 1e-6


@pytest.mark.parametrize("count", [0, 1, 159, 161, 700])
def test_a_sound_too_short_to_have_a_pitch(count: int) -> None:
    samples = voice(1.0)[4000 : 4000 + count]
    shifter = Shifter()
    track = np.full(count // HOP + 1, HEIGHT)
    result = np.concatenate((shifter.push(samples, track, track * 2), shifter.finish()))
    assert result.shape == samples.shape and np.isfinite(result).all()


def test_a_voice_from_the_first_sample_on() -> None:
    samples = voice(1.0)[round(0.3 * RATE) :]
    shifter = Shifter()
    track = np.full(len(samples) // HOP + 1, HEIGHT)
    result = np.concatenate((shifter.push(samples, track, track * 1.9), shifter.finish()))
    assert result.shape == samples.shape and np.abs(result).max() < 2
