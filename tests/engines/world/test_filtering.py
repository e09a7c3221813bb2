from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myna.engines.world.filtering import Ear, FollowingFilter
from myna.speech.embedding import BANDS

RATE = 16000


class Gains:
    """The same gain in every frame, in dB per band; remembers what it was told."""

    def __init__(self, gain: float | np.ndarray = 0.0) -> None:
        self.gain = np.broadcast_to(gain, BANDS)
        self.phones: list[str] = []
        self.levels: list[np.ndarray] = []

    def gains(self, envelope: np.ndarray, phones: list[str]) -> np.ndarray:
        assert envelope.shape == (len(phones), BANDS)
        self.phones += phones
        self.levels.append(envelope)
        return np.tile(self.gain, (len(envelope), 1))


class Following(Gains):
    """Gains that depend on what is heard."""

    def gains(self, envelope: np.ndarray, phones: list[str]) -> np.ndarray:
        return 6 * np.tanh(envelope / 30)


def noise(count: int, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(0, 0.1, count)).astype(np.float32)


def filtered(samples: np.ndarray, mapping: Gains, pieces: list[int], rate: int = RATE) -> np.ndarray:
    following = FollowingFilter(mapping, rate, 120.0)
    parts, place = [], 0
    for piece in pieces:
        parts.append(following.feed(samples[place : place + piece]))
        place += piece
    parts.append(following.feed(samples[place:]))
    parts.append(following.finish())
    return np.concatenate(parts)


@pytest.mark.parametrize("rate", [8000, 14250, 16000, 18150, 22050, 44100])
@pytest.mark.parametrize("count", [0, 1, 127, 128, 5000])
def test_without_gain_every_sample_comes_back_in_its_place(rate: int, count: int) -> None:
    samples = noise(count)
    result = filtered(samples, Gains(), [count // 3], rate)
    assert result.dtype == np.float32 and result.shape == samples.shape
    assert np.abs(result - samples).max(initial=0) < 1e-6


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 3000), max_size=20))
def test_pieces_make_no_difference(pieces: list[int]) -> None:
    samples = noise(8000)
    whole = filtered(samples, Following(), [])
    assert np.abs(filtered(samples, Following(), pieces) - whole).max() < 1e-6


def test_what_went_in_is_soon_out() -> None:
    following = FollowingFilter(Following(), RATE, 120.0)
    given = taken = 0
    for piece in np.split(noise(16000), 160):
        taken += len(piece)
        given += len(following.feed(piece))
        assert 0 <= taken - given < 0.06 * RATE


def test_gain_is_in_decibels_and_moves_nothing() -> None:
    click = np.zeros(4000, np.float32)
    click[1000] = 0.5
    result = filtered(click, Gains(np.linspace(0, 12, BANDS)), [])
    assert int(np.abs(result).argmax()) == 1000
    samples = noise(20000)
    louder = filtered(samples, Gains(6.0), [])
    assert np.abs(louder - samples * 10 ** (6 / 20)).max() < 1e-5


def test_a_band_is_raised_where_it_lies() -> None:
    time = np.arange(RATE) / RATE
    gain = np.zeros(BANDS)
    gain[:24] = 12.0  # to about 1100 Hz
    for hz, wanted in ((500, 12.0), (3000, 0.0)):
        tone = (0.1 * np.sin(2 * np.pi * hz * time)).astype(np.float32)
        result = filtered(tone, Gains(gain), [])
        level = 20 * np.log10(result[4000:12000].std() / tone[4000:12000].std())
        assert level == pytest.approx(wanted, abs=0.3)


def test_what_lies_below_the_voice_is_not_raised_by_itself() -> None:
    gain = np.where(np.arange(BANDS) < 4, 15.0, 0.0)
    hum = (0.01 * np.sin(2 * np.pi * 110 * np.arange(RATE) / RATE)).astype(np.float32)
    for pitch_hz, factor in ((120.0, 10 ** (15 / 20)), (300.0, 1.0)):
        following = FollowingFilter(Gains(gain), RATE, pitch_hz)
        result = np.concatenate((following.feed(hum), following.finish()))
        assert result[4000:12000].std() / hum[4000:12000].std() == pytest.approx(factor, rel=0.1)


def test_silence_stays_silence() -> None:
    samples = np.concatenate((noise(3000), np.zeros(6000, np.float32), noise(3000)))
    result = filtered(samples, Following(), [])
    assert not result[3800:8200].any()


def test_levels_are_told_as_they_are() -> None:
    mapping = Gains()
    tone = 0.1 * np.sin(2 * np.pi * 1000 * np.arange(8000) / RATE)
    filtered(tone.astype(np.float32), mapping, [])
    heard = np.concatenate(mapping.levels)[10:50]
    assert set(heard.argmax(axis=1).tolist()) <= {20, 21, 22, 23}
    assert np.ptp(heard.max(axis=1)) < 0.5


def test_frames_know_their_phone() -> None:
    mapping = Gains()
    following = FollowingFilter(mapping, RATE, 120.0)
    following.begins("a", 0)
    following.begins("", 4000)
    following.feed(noise(6000))
    following.begins("o", 9000)
    following.feed(noise(6000))
    following.finish()
    middle = np.arange(len(mapping.phones)) * 128 + 128 - 512 + 256
    told = np.array(mapping.phones)
    assert set(told[(middle >= 0) & (middle < 4000)]) == {"a"}
    assert set(told[(middle >= 4000) & (middle < 9000)]) == {""}
    assert set(told[(middle >= 9000) & (middle < 12000)]) == {"o"}


@pytest.mark.parametrize("piece", [1, 100, 5000])
def test_an_ear_hears_what_the_filter_hears(piece: int) -> None:
    samples, mapping, ear = noise(4001), Gains(), Ear(RATE, 120.0)
    filtered(samples, mapping, [1000])
    heard = [ear.hear(samples[start : start + piece]) for start in range(0, len(samples), piece)]
    assert np.concatenate((*heard, ear.finish())) == pytest.approx(np.concatenate(mapping.levels))
