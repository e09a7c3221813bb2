from __future__ import annotations

import numpy as np
import pytest

from myna.engines.world.pitch import pitch

RATE = 16000
PERIOD = 0.01


def voice(hz: float | np.ndarray, seconds: float = 1.0) -> np.ndarray:
    """Harmonics that fall by 6 dB per octave."""
    phase = np.cumsum(np.full(round(seconds * RATE), hz)) / RATE if np.isscalar(hz) else np.cumsum(hz) / RATE
    top = int(3000 / np.max(hz))
    return sum(np.sin(2 * np.pi * n * phase + n * n) / n for n in range(1, top)) * 0.1


def tracked(samples: np.ndarray) -> np.ndarray:
    return pitch(samples, RATE, len(samples) // 160 + 1, PERIOD)


@pytest.mark.parametrize("hz", [65.0, 82.5, 110.0, 151.3, 220.0, 333.3, 470.0])
def test_a_steady_voice_has_its_pitch(hz: float) -> None:
    found = tracked(voice(hz))[5:-5]
    assert (found > 0).all()
    assert np.abs(1200 * np.log2(found / hz)).max() < 12  # cents


def test_a_glide_is_followed() -> None:
    line = 100 * 2 ** np.linspace(0, 1.5, 2 * RATE)
    found = tracked(voice(line))[10:-10]
    wanted = line[::160][10 : 10 + len(found)]
    assert np.abs(1200 * np.log2(found / wanted)).max() < 60


def test_hum_and_noise_are_not_the_voice() -> None:
    time = np.arange(2 * RATE) / RATE
    speech = np.concatenate((voice(140.0), np.zeros(RATE)))
    noise = np.random.default_rng(1).normal(0, speech[:RATE].std() / 3, len(speech))
    hum = speech[:RATE].std() * np.sin(2 * np.pi * 50 * time)
    found = tracked(speech + noise + hum)
    assert np.median(found[5:95]) == pytest.approx(140, rel=0.01)
    assert np.mean(found[105:] > 0) < 0.1


@pytest.mark.parametrize("samples", [np.zeros(RATE), np.zeros(1)], ids=["silence", "one"])
def test_silence_has_no_pitch(samples: np.ndarray) -> None:
    assert not tracked(samples).any()


def test_the_same_at_another_rate() -> None:
    samples = voice(123.0)
    fine = np.interp(np.arange(3 * len(samples)) / 3, np.arange(len(samples)), samples)
    found = pitch(fine, 3 * RATE, 101, PERIOD)
    assert np.median(found[5:-5]) == pytest.approx(123, rel=0.005)
