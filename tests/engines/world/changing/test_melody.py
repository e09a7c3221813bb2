"""How melodies are moved from range to range."""

from __future__ import annotations

import numpy as np
import pytest

from myna.engines.world.changing.melody import Range, moved

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
