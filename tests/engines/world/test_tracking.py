"""The pitch of live speech, beside that of recordings."""

from __future__ import annotations

import numpy as np
import pytest

from myna.engines.world.tracking import HOP, RATE, REACH, PitchTracker


def harmonics(hz: float, seconds: float) -> np.ndarray:
    at = np.arange(round(seconds * RATE)) / RATE
    return sum(np.sin(2 * np.pi * n * hz * at + n * n) / n for n in range(1, int(3000 / hz))) * 0.1


def tracked(samples: np.ndarray, tracker: PitchTracker | None = None) -> np.ndarray:
    tracker = tracker or PitchTracker()
    found = [
        each for i in range(0, len(samples) - HOP + 1, HOP) for each in tracker.push(samples[i : i + HOP])
    ]
    return np.array([pitch for pitch, _ in found])


@pytest.mark.parametrize("hz", [72.0, 110.0, 151.3, 220.0, 333.3])
def test_a_steady_voice_has_its_pitch(hz: float) -> None:
    found = tracked(harmonics(hz, 0.6))[6:]
    assert np.abs(1200 * np.log2(found / hz)).max() < 12  # cents


def test_frames_are_decided_when_it_is_said() -> None:
    tracker, found = PitchTracker(), 0
    samples = harmonics(110.0, 0.5)
    for end in range(HOP, len(samples), HOP):
        found += len(tracker.push(samples[end - HOP : end]))
        assert found == max((end - REACH) // HOP + 1, 0)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(3).standard_normal(RATE // 2) * 0.1
    assert not tracked(np.zeros(RATE // 2)).any()
    assert (tracked(noise) > 0).mean() < 0.1


def test_what_is_expected_decides_between_octaves() -> None:
    at = np.arange(RATE // 2) / RATE
    samples = 0.2 * sum(np.sin(2 * np.pi * n * 100 * at) * (1 if n % 2 == 0 else 0.35) for n in range(1, 12))
    low, high = PitchTracker(), PitchTracker()
    low.expect(95.0)
    high.expect(260.0)
    assert np.median(tracked(samples, low)) == pytest.approx(100, rel=0.02)
    assert np.median(tracked(samples, high)) == pytest.approx(200, rel=0.02)
