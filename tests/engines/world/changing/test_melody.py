"""How melodies are moved from range to range."""

from __future__ import annotations

import numpy as np
import pytest

from myna.engines.world.changing.melody import Range, RunningRange, moved

LOW = Range(np.log(110.0), 0.15)
HIGH = Range(np.log(210.0), 0.21)


def test_a_usual_pitch_becomes_the_other_voices() -> None:
    assert moved(np.array([110.0]), LOW, HIGH)[0] == pytest.approx(210.0)


def test_intonation_grows_with_the_other_voices_spread() -> None:
    heights = moved(np.array([110 * np.exp(0.15), 110 * np.exp(-0.15)]), LOW, HIGH)
    assert np.log(heights / 210) == pytest.approx([0.21, -0.21])


def test_a_monotone_source_is_not_blown_up() -> None:
    height = moved(np.array([110 * np.exp(0.01)]), Range(LOW.pitch, 0.001), HIGH)[0]
    assert np.log(height / 210) == pytest.approx(0.018)


def test_where_there_is_no_voice_there_is_none_after() -> None:
    assert moved(np.array([0.0, 110.0, 0.0]), LOW, HIGH).astype(bool).tolist() == [False, True, False]


def heard(*parts: tuple[float, float, int]) -> list[Range]:
    """What is told of the range after each frame; parts are Hz, loudness and a count of frames."""
    running, told = RunningRange(), []
    chance = np.random.default_rng(2)
    for pitch, loudness, count in parts:
        for height in pitch * np.exp(0.15 * chance.standard_normal(count)):
            running.add(height, loudness)
            told.append(running.now())
    return told


def test_a_range_is_soon_known_and_then_hardly_moves() -> None:
    told = heard((200.0, 0.5, 1000))
    early, late = told[100:200], told[-1]
    assert np.exp(late.pitch) == pytest.approx(200.0, rel=0.1)
    assert np.ptp([each.pitch for each in early]) < 0.01, "a drift bends the melody"
    assert late.spread == pytest.approx(0.15, abs=0.04)


def test_a_voice_after_a_hum_has_a_range_of_its_own() -> None:
    told = heard((60.0, 0.01, 500), (220.0, 0.5, 100))
    assert np.exp(told[-1].pitch) == pytest.approx(220.0, rel=0.15)


def test_another_voice_is_followed_in_the_end() -> None:
    told = heard((110.0, 0.5, 500), (220.0, 0.5, 12_000))
    assert np.exp(told[600].pitch) < 130
    assert np.exp(told[-1].pitch) == pytest.approx(220.0, rel=0.06)
