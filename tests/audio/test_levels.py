import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myna.audio.levels import AHEAD_S, CEILING, Gain, Limiter, saturated

RATE = 22050
NOISE = np.random.default_rng(9).uniform(-1, 1, 12000).astype(np.float32)


def limited(samples, rate=RATE, cuts=()):
    limiter = Limiter(rate)
    edges = [0, *sorted(min(cut, len(samples)) for cut in cuts), len(samples)]
    parts = [limiter.push(samples[a:b]) for a, b in itertools.pairwise(edges)]
    return np.concatenate([*parts, limiter.finish()])


def tone(level, hz=200, seconds=0.5):
    return (level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


bursts = st.lists(st.tuples(st.integers(0, 2999), st.floats(-9, 9, width=32)), max_size=8)


@given(bursts=bursts, length=st.integers(0, 3000), cuts=st.lists(st.integers(0, 3000), max_size=6))
@settings(max_examples=60, deadline=None)
def test_no_peak_passes_no_sample_is_lost_and_cuts_change_no_bit(bursts, length, cuts):
    samples = NOISE[:length] * np.float32(0.9)
    for place, level in bursts:
        samples[place : place + 40] *= np.float32(level)
    whole = limited(samples)
    assert len(whole) == length
    assert np.abs(whole).max(initial=0) <= CEILING
    np.testing.assert_array_equal(limited(samples, cuts=cuts), whole)


def test_what_stays_below_the_ceiling_comes_out_bit_for_bit():
    quiet = NOISE * np.float32(CEILING)
    np.testing.assert_array_equal(limited(quiet, cuts=[17, 400, 5000]), quiet)


def test_far_from_a_peak_nothing_changes():
    samples = tone(0.5)
    samples[5000:5040] *= 4
    output = limited(samples)
    changed = np.flatnonzero(output != samples)
    assert 5000 - AHEAD_S * RATE - 1 <= changed[0] < 5000
    assert 5040 < changed[-1] < 5040 + 0.06 * RATE


def test_a_tone_too_loud_stays_a_tone():
    for level in (1.2, 2.0, 4.0):
        output = limited(tone(level))[2000:-2000]
        spectrum = np.abs(np.fft.rfft(output * np.hanning(len(output)))) ** 2
        near = slice(int(np.argmax(spectrum)) - 6, int(np.argmax(spectrum)) + 7)
        distortion = 1 - spectrum[near].sum() / spectrum.sum()
        clipped = np.clip(tone(level), -1, 1)[2000:-2000]
        spectrum = np.abs(np.fft.rfft(clipped * np.hanning(len(clipped)))) ** 2
        assert distortion < 1e-5 < 1 - spectrum[near].sum() / spectrum.sum()
        assert output.max() > 0.98


def test_engaging_does_not_click():
    samples = np.concatenate([tone(0.9, hz=100), tone(1.8, hz=100)[::1]])
    output = limited(samples)
    steps = np.abs(np.diff(output))
    assert steps.max() < 3 * np.abs(np.diff(tone(1.0, hz=100))).max()


def test_it_holds_no_more_than_its_look_ahead():
    limiter = Limiter(RATE)
    out = len(limiter.push(tone(0.5)))
    assert 0 <= len(tone(0.5)) - out <= AHEAD_S * RATE + 1


def test_gain_of_one_gives_the_same_array_back():
    assert Gain(RATE).push(NOISE, 1.0) is NOISE


@given(cuts=st.lists(st.integers(0, 5999), max_size=5))
@settings(max_examples=30, deadline=None)
def test_a_new_gain_comes_gradually_wherever_the_audio_is_cut(cuts):
    def turned(cuts):
        gain = Gain(RATE)
        edges = [0, *sorted({*cuts, 3000}), 6000]
        ones = np.ones(6000, dtype=np.float32)
        parts = [gain.push(ones[a:b], 0.5 if a < 3000 else 2.0) for a, b in itertools.pairwise(edges)]
        return np.concatenate(parts)

    output = turned(cuts)
    assert (output[:3000] == 0.5).all()
    assert (output[3000 + round(0.02 * RATE) :] == 2.0).all()
    assert 0 <= np.diff(output).min() and np.diff(output).max() < 0.01
    np.testing.assert_array_equal(output, turned([]))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3.0])
def test_saturated_samples_are_numbers_within_full_scale(value):
    output = saturated(np.array([0.5, value], dtype=np.float32))
    assert output[0] == 0.5
    assert abs(output[1]) <= 1.0


def test_saturating_leaves_good_samples_alone():
    assert saturated(NOISE) is NOISE
