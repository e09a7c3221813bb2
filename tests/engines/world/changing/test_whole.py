"""Whole recordings in another voice."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from myna.audio.decoding import decode
from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.world.changing.collecting import Collected
from myna.engines.world.changing.target import Target, measure
from myna.engines.world.changing.whole import WholeChanger
from myna.engines.world.pitch import pitch
from myna.speech.errors import ClipRejected

PIECE = CHANGING_RATE // 2


def clip(corpus: Path, name: str) -> np.ndarray:
    return np.concatenate(list(decode(corpus / name, CHANGING_RATE, most_seconds=60))).astype(np.float32)


@pytest.fixture(scope="module")
def woman(corpus: Path) -> Target:
    return measure(clip(corpus, "en_vctk_p225_003.flac"))


@pytest.fixture(scope="module")
def man(corpus: Path) -> np.ndarray:
    return clip(corpus, "en_vctk_p226_011.flac")


def changed(samples: np.ndarray, target: Target, piece: int = PIECE) -> np.ndarray:
    changer = WholeChanger(target)
    changer.study(samples)
    parts = [changer.push(samples[start : start + piece]) for start in range(0, len(samples), piece)]
    return np.concatenate((*parts, changer.finish()))


def median_pitch(samples: np.ndarray) -> float:
    found = pitch(samples.astype(float), CHANGING_RATE, len(samples) // 160, 0.01)
    return float(np.median(found[found > 0]))


def level(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=float))))


def test_it_is_as_long_as_loud_and_as_high_as_the_target(man: np.ndarray, woman: Target) -> None:
    result = changed(man, woman)
    assert result.dtype == np.float32 and result.shape == man.shape
    assert np.abs(result).max() <= 1
    assert level(result) == pytest.approx(level(man), rel=0.12)
    assert median_pitch(result) == pytest.approx(woman.pitch_hz, rel=0.1)
    assert median_pitch(man) < 0.8 * woman.pitch_hz


@pytest.mark.parametrize("piece", [1600, 7777, 1_000_000])
def test_however_it_is_cut_it_sounds_the_same(man: np.ndarray, woman: Target, piece: int) -> None:
    assert np.abs(changed(man, woman, piece) - changed(man, woman)).max() < 1e-4


def test_silence_stays_silent(man: np.ndarray, woman: Target) -> None:
    pause = np.zeros(2 * CHANGING_RATE, np.float32)
    result = changed(np.concatenate((pause, man, pause)), woman)
    margin = CHANGING_RATE // 5
    assert level(result[: len(pause) - margin]) < 1e-6
    assert level(result[-len(pause) + margin :]) < 1e-6


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(CHANGING_RATE)])
def test_where_nobody_speaks_it_says_so(woman: Target, samples: np.ndarray) -> None:
    changer = WholeChanger(woman)
    changer.study(samples.astype(np.float32))
    with pytest.raises(ClipRejected, match="of a person who speaks"):
        changer.push(samples.astype(np.float32))


def test_what_is_kept_of_a_long_recording_is_spread_over_it_and_bounded() -> None:
    collected = Collected()
    minute = np.ones(60 * CHANGING_RATE, np.float32)
    tracemalloc.start()
    try:
        for number in range(60):
            collected.add(minute * (number + 60))
        kept = collected.samples() / 60
        assert tracemalloc.get_traced_memory()[1] < 40e6
    finally:
        tracemalloc.stop()
    assert 15 <= len(kept) / CHANGING_RATE <= 45
    assert kept[0] == 1 and kept[-1] > 1.9 and np.abs(np.diff(kept)).max() < 0.15


def test_pauses_of_a_long_recording_are_not_kept() -> None:
    collected = Collected()
    speech = np.ones(2 * CHANGING_RATE, np.float32)
    for _ in range(100):
        collected.add(speech)
        collected.add(speech * 0.001)
    assert collected.samples().min() == 1


def test_a_short_recording_is_kept_whole() -> None:
    collected = Collected()
    samples = np.arange(5.3 * CHANGING_RATE, dtype=np.float32) + 1e5
    for start in range(0, len(samples), 1000):
        collected.add(samples[start : start + 1000])
    assert np.array_equal(collected.samples(), samples)


def test_a_call_by_telephone_gets_no_shriller(corpus: Path, woman: Target) -> None:
    import soxr

    narrow = soxr.resample(clip(corpus, "en_vctk_p226_011.flac"), CHANGING_RATE, 8000)
    call = soxr.resample(narrow, 8000, CHANGING_RATE).astype(np.float32)
    before, after = (np.abs(np.fft.rfft(each)) ** 2 for each in (call, changed(call, woman)))
    hz = np.fft.rfftfreq(len(call), 1 / CHANGING_RATE)
    for spectrum, most in ((before, 1e-6), (after, 1e-6)):
        assert spectrum[hz > 4200].sum() < most * spectrum.sum()
    assert after[hz > 3400].sum() < 0.03 * after.sum()


def test_a_short_recording_is_changed_without_harm(man: np.ndarray, woman: Target) -> None:
    short = man[CHANGING_RATE : 2 * CHANGING_RATE]
    result = changed(short, woman)
    assert level(result) == pytest.approx(level(short), rel=0.15)
    assert np.abs(np.diff(result)).max() < 2 * np.abs(np.diff(short)).max()
