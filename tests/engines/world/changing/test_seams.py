"""How sounds that were cut off go on, and how their noise does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.world.changing import noise
from myna.engines.world.changing.neighbours import Neighbour, Neighbours
from myna.engines.world.changing.seams import continued, joined, room


def side(
    samples: np.ndarray | None = None, *, level: float | None = -20.0, rest: float = 0.0, floor: float = 0.0
) -> Neighbour:
    heard = np.zeros(CHANGING_RATE, np.float32) if samples is None else samples
    gains = np.full(257, floor)
    return Neighbour(heard.astype(np.float32), level, rest, None, noise.Floor(gains))


def around(left: Neighbour | None, right: Neighbour | None) -> Neighbours:
    return Neighbours(left, right, None, 0.0, 0.2)


def decibels(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=float)) + 1e-20))


def test_a_tone_goes_on() -> None:
    places = np.arange(800) / CHANGING_RATE
    tone = np.sin(2 * np.pi * 220 * places) + 0.3 * np.sin(2 * np.pi * 660 * places + 1)
    assert np.abs(continued(tone[:640], 80) - tone[640:720]).max() < 0.05


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 700), st.integers(0, 400), st.sampled_from(["noise", "steps", "click", "nothing", "tone"]),
    st.floats(1e-6, 1.0), st.integers(0, 100),
)  # fmt: skip
def test_whatever_it_was_it_goes_on_in_bounds(
    size: int, count: int, kind: str, level: float, seed: int
) -> None:
    sounds = {
        "noise": np.random.default_rng(seed).standard_normal(size),
        "steps": np.sign(np.random.default_rng(seed).standard_normal(size)),
        "click": (np.arange(size) == size - 1).astype(float),
        "nothing": np.zeros(size),
        "tone": np.sin(np.arange(size) * (seed + 1) / 30),
    }
    sound = sounds[kind] * level
    result = continued(sound, count)
    assert result.shape == (count,) and np.isfinite(result).all()
    assert np.abs(result).max(initial=0) <= 4 * np.abs(sound).max(initial=0) + 1e-9


@pytest.mark.parametrize("cut", [0, 37, 101, 160])
def test_a_loud_sound_that_was_cut_off_does_not_click(cut: int) -> None:
    places = np.arange(CHANGING_RATE + cut) / CHANGING_RATE
    vowel = sum(np.sin(2 * np.pi * 110 * k * places + k) / k for k in range(1, 20)) * 0.2
    spoken = np.full(CHANGING_RATE // 2, 0.1, np.float32)
    sound = joined(spoken, around(side(vowel), side(vowel)), 0.0, 0.0)
    largest = np.abs(np.diff(vowel)).max()
    assert abs(sound[0] - vowel[-1]) <= largest
    assert abs(vowel[0] - sound[-1]) <= largest


def test_beside_nothing_it_begins_and_ends_in_silence() -> None:
    sound = joined(np.full(1000, 0.5, np.float32), around(None, None), 0.0, 0.0)
    assert abs(sound[0]) < 1e-3 and abs(sound[-1]) < 1e-3
    assert np.abs(np.diff(sound)).max() < 0.02
    assert len(sound) == 1000 + round(0.04 * CHANGING_RATE)


def test_no_speech_leaves_noise() -> None:
    sound = joined(np.zeros(0, np.float32), around(side(floor=0.01), None), 0.5, 0.0)
    assert len(sound) > CHANGING_RATE // 2
    assert decibels(sound[1000:-1000]) == pytest.approx(-40, abs=1)


@pytest.mark.parametrize(
    ("rest", "pause", "seconds"),
    [
        (0.0, 0.3, 0.06),
        (0.04, 0.3, 0.02),
        (0.1, 0.3, 0.2),
        (0.1, 5.0, 0.3),
        (0.1, 0.0, 0.02),
        (9.0, 0.3, 0.02),
    ],
)
def test_there_is_room_for_breath(rest: float, pause: float, seconds: float) -> None:
    assert room(side(rest=rest), pause) == pytest.approx(seconds)
    assert room(side(level=None, rest=rest), pause) == pytest.approx(0.02)


def test_silence_that_was_asked_for_stays() -> None:
    spoken = np.full(1000, 0.1, np.float32)
    short, long = (joined(spoken, around(side(), side()), *rests) for rests in ((0, 0), (1.0, 0.5)))
    assert len(long) - len(short) == 1.5 * CHANGING_RATE


def test_noise_as_it_was() -> None:
    white = np.random.default_rng(1).normal(0, 0.01, 3 * CHANGING_RATE)
    colored = np.convolve(white, np.hanning(12) / 2, "same").astype(np.float32)
    found = noise.floor(colored, np.ones(300, np.bool_))
    made = found.made(2 * CHANGING_RATE)
    assert decibels(made) == pytest.approx(decibels(colored), abs=0.5)
    for low, high in ((0, 500), (500, 2000)):
        for one, other in ((made, colored),):
            spectra = [np.abs(np.fft.rfft(each[: 2 * CHANGING_RATE])) ** 2 for each in (one, other)]
            bands = [10 * np.log10(each[2 * low : 2 * high].sum()) for each in spectra]
            assert bands[0] == pytest.approx(bands[1], abs=1)
    assert (found.made(100) == made[:100]).all()


def test_noise_between_two_floors_is_never_weaker_than_both() -> None:
    white, loud = noise.Floor(np.full(257, 0.01)), noise.Floor(np.full(257, 0.02))
    sound = noise.between(white, loud, 3 * CHANGING_RATE)
    levels = [decibels(part) for part in np.array_split(sound, 12)]
    assert levels[0] == pytest.approx(-40, abs=1) and levels[-1] == pytest.approx(-34, abs=1)
    assert min(levels) > -40.5


@pytest.mark.parametrize("size", [0, 1, 511, 512, 700])
def test_where_there_is_no_silence_the_quietest_moments_tell(size: int) -> None:
    sound = np.random.default_rng(1).normal(0, 0.1, size).astype(np.float32)
    found = noise.floor(sound, np.zeros(size // 160, np.bool_))
    assert found.power <= 0.01 * 10**-2 * 1.5
