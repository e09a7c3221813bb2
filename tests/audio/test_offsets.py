"""What lies beside zero is brought back to it, and nothing else happens to it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from myna.audio.offsets import Centred

RATE = 16000
TIMES = np.arange(RATE) / RATE
TONE = (0.3 * np.sin(2 * np.pi * 200 * TIMES)).astype(np.float32)


def centred(samples: np.ndarray, *cuts: int) -> np.ndarray:
    stream = Centred(RATE)
    return np.concatenate([stream.push(part) for part in np.split(samples, sorted(cuts))])


def test_an_offset_goes_and_the_sound_stays() -> None:
    out = centred(TONE + np.float32(0.5))
    assert len(out) == len(TONE)
    assert abs(out[1600:].mean()) < 0.002
    assert np.abs(out - TONE)[3200:].max() < 0.02


def test_a_constant_is_silence_from_its_first_sample() -> None:
    assert not centred(np.full(RATE, 0.25, np.float32)).any()


def test_sound_without_an_offset_hardly_changes() -> None:
    assert np.abs(centred(TONE) - TONE).max() < 0.04


def test_silence_stays_silent_and_becomes_silent_again() -> None:
    assert not centred(np.zeros(RATE, np.float32)).any()
    after = centred(np.concatenate([TONE, np.zeros(RATE, np.float32)]))[RATE:]
    assert np.abs(after[1600:]).max() < 1 / 32768
    assert not after[RATE // 2 :].any()


@given(st.lists(st.integers(0, RATE), max_size=6))
def test_cuts_do_not_matter(cuts: list[int]) -> None:
    samples = TONE + np.float32(0.1)
    assert np.allclose(centred(samples, *cuts), centred(samples), atol=1e-7)
