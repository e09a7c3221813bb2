from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from myna.audio.decoding import decode_all
from myna.audio.denoising import _exponential_integral, denoise
from myna.audio.detection import RATE, Span, SpeechDetector
from myna.audio.trimming import levels
from tests.audio.recordings import Samples, tone

CLEAN = ("en_vctk_p225_003.flac", "en_ls_533_1066_0005.flac", "es_leo_es.flac")


@functools.cache
def detector() -> SpeechDetector:
    return SpeechDetector()


@functools.cache
def of(corpus: Path, name: str) -> Samples:
    return decode_all(corpus / name, RATE, most_seconds=600.0).samples


@functools.cache
def speech_of(corpus: Path, name: str) -> list[Span]:
    return detector().spans(of(corpus, name))


def mixed(clean: Samples, noise: Samples, speech: list[Span], snr_db: float) -> Samples:
    active = np.concatenate([clean[start:end] for start, end in speech])
    noise = np.resize(noise, len(clean))
    factor = np.sqrt(np.mean(active**2) / np.mean(noise**2)) * 10 ** (-snr_db / 20)
    return (clean + factor * noise).astype(np.float32)


def segmental_snr(clean: Samples, other: Samples) -> float:
    """Mean over the audible 20 ms of the level of the clean samples above the difference, in dB."""
    size = len(clean) // 320 * 320
    frames = clean[:size].reshape(-1, 320).astype(np.float64)
    wrong = other[:size].reshape(-1, 320).astype(np.float64) - frames
    power, error = np.mean(frames**2, axis=1), np.mean(wrong**2, axis=1)
    audible = power > power.max() * 1e-4
    return float(np.mean(np.clip(10 * np.log10(power[audible] / (error[audible] + 1e-12)), -10, 35)))


def statistics(samples: Samples) -> NDArray[np.float64]:
    """Mean and spread of the mel spectrum of the louder frames, in dB, its level taken out."""
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), 512)[::160]
    power = np.abs(np.fft.rfft(frames * np.hanning(512))) ** 2
    edges = 700 * np.expm1(np.linspace(0.0, np.log1p(8000 / 700), 42))
    hertz = np.arange(257) * RATE / 512
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    bank = np.clip(np.minimum((hertz - low) / (middle - low), (high - hertz) / (high - middle)), 0, None)
    bands = 10 * np.log10(power @ bank.T + 1e-8)
    loud = bands[bands.max(axis=1) > np.quantile(bands.max(axis=1), 0.3)]
    loud -= loud.mean()
    return np.concatenate([loud.mean(axis=0), loud.std(axis=0)])


def distance(one: Samples, other: Samples) -> float:
    return float(np.sqrt(np.mean((statistics(one) - statistics(other)) ** 2)))


@pytest.mark.parametrize("kind", ["noise_room_6s.flac", "noise_pink_5s.flac", "white"])
@pytest.mark.parametrize(("snr_db", "gain"), [(0, 3.5), (5, 3.5), (10, 3.0), (20, 1.0)])
def test_speech_comes_nearer_to_what_it_was(corpus: Path, kind: str, snr_db: int, gain: float) -> None:
    noise = (
        np.random.default_rng(1).standard_normal(80_000).astype("f4") if kind == "white" else of(corpus, kind)
    )
    gains, ratios = [], []
    for name in CLEAN:
        clean = of(corpus, name)
        speech = speech_of(corpus, name)
        noisy = mixed(clean, noise, speech, snr_db)
        better = denoise(noisy, speech, levels(noisy, speech).snr_db)
        assert len(better) == len(noisy) and better.dtype == np.float32
        gains.append(segmental_snr(clean, better) - segmental_snr(clean, noisy))
        ratios.append(distance(clean, better) / distance(clean, noisy))
    assert np.mean(gains) > gain
    assert np.mean(ratios) < 0.9


@pytest.mark.parametrize(
    ("noisy", "clean"),
    [
        ("en_vctk_p226_008_snr5.flac", ("en_vctk_p226_011.flac", "en_vctk_p226_022.flac")),
        ("en_ls_367_130732_0007_snr10.flac", ("en_ls_367_130732_0001.flac", "en_ls_367_130732_0004.flac")),
    ],
)
def test_noisy_clips_come_nearer_to_clean_ones_of_their_speaker(
    corpus: Path, noisy: str, clean: tuple[str, ...]
) -> None:
    def spoken(samples: Samples, speech: list[Span]) -> Samples:
        return np.concatenate([samples[start:end] for start, end in speech])

    known = np.concatenate([spoken(of(corpus, name), speech_of(corpus, name)) for name in clean])
    samples, speech = of(corpus, noisy), speech_of(corpus, noisy)
    better = denoise(samples, speech, levels(samples, speech).snr_db)
    before, after = distance(known, spoken(samples, speech)), distance(known, spoken(better, speech))
    assert after < 0.9 * before


@pytest.mark.parametrize("name", CLEAN[::2])
def test_clean_speech_stays_as_it_is(corpus: Path, name: str) -> None:
    samples, speech = of(corpus, name), speech_of(corpus, name)
    snr_db = levels(samples, speech).snr_db
    assert snr_db > 30
    assert denoise(samples, speech, snr_db) is samples


def test_nothing_is_turned_up_and_pauses_are_turned_down() -> None:
    noise = (0.02 * np.random.default_rng(6).standard_normal(4 * RATE)).astype(np.float32)
    samples = noise.copy()
    samples[RATE : 3 * RATE] += tone(2.0, RATE)
    better = denoise(samples, [(RATE, 3 * RATE)], 20.0)
    for part in (slice(4000, 12_000), slice(3 * RATE + 4000, 4 * RATE - 4000)):
        assert np.std(better[part]) < 0.45 * np.std(samples[part])
    assert np.std(better[RATE:-RATE]) == pytest.approx(np.std(samples[RATE:-RATE]), rel=0.03)


def test_somebody_who_never_pauses_is_cleaned_too(corpus: Path) -> None:
    clean = of(corpus, "en_vctk_p225_003.flac")
    speech = speech_of(corpus, "en_vctk_p225_003.flac")
    start, end = speech[0][0], speech[-1][1]
    noisy = mixed(clean, np.random.default_rng(2).standard_normal(80_000).astype("f4"), speech, 5)[start:end]
    better = denoise(noisy, [(0, len(noisy))], 5.0)
    assert segmental_snr(clean[start:end], better) > segmental_snr(clean[start:end], noisy) + 1.5


@pytest.mark.parametrize("length", [0, 1, 2047, 2048, 2049, 40_001])
def test_any_length_comes_back(length: int) -> None:
    samples = (0.1 * np.random.default_rng(0).standard_normal(length)).astype(np.float32)
    better = denoise(samples, [(length // 4, length // 2)], 5.0)
    assert len(better) == length
    assert np.isfinite(better).all()


def test_silence_stays_silent() -> None:
    samples = np.zeros(2 * RATE, dtype=np.float32)
    assert not denoise(samples, [(8000, 16_000)], 5.0).any()


def test_the_integral_is_right() -> None:
    """Values of E1 from tables."""
    x = np.array([0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0])
    known = [4.037930, 1.822924, 0.559774, 0.219384, 0.048901, 0.001148, 4.157e-6]
    np.testing.assert_allclose(_exponential_integral(x), known, rtol=2e-3)
