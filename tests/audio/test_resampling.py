import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myna.audio.resampling import Resampler
from myna.speech.formats import SAMPLE_RATES

PAIRS = [(a, b) for a in (16000, 22050) for b in SAMPLE_RATES]
RNG = np.random.default_rng(5)
NOISE = RNG.uniform(-1, 1, 20000).astype(np.float32)


def resampled(samples, rate_in, rate_out, cuts=()):
    resampler = Resampler(rate_in, rate_out)
    edges = [0, *sorted(min(cut, len(samples)) for cut in cuts), len(samples)]
    parts = [resampler.push(samples[a:b]) for a, b in itertools.pairwise(edges)]
    return np.concatenate([*parts, resampler.finish()])


def tone(hz, rate, seconds=0.4):
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@pytest.mark.parametrize(("rate_in", "rate_out"), PAIRS)
@given(length=st.integers(0, 3000), cuts=st.lists(st.integers(0, 3000), max_size=6))
@settings(max_examples=15, deadline=None)
def test_cuts_change_no_bit_and_the_count_is_exact(rate_in, rate_out, length, cuts):
    samples = NOISE[:length]
    whole = resampled(samples, rate_in, rate_out)
    assert len(whole) == (2 * length * rate_out + rate_in) // (2 * rate_in)
    np.testing.assert_array_equal(resampled(samples, rate_in, rate_out, cuts), whole)
    assert whole.dtype == np.float32


@pytest.mark.parametrize(("rate_in", "rate_out"), PAIRS)
def test_tones_keep_pitch_place_and_level(rate_in, rate_out):
    for hz in (100, 0.4 * min(rate_in, rate_out)):
        output = resampled(tone(hz, rate_in), rate_in, rate_out)
        expected = tone(hz, rate_out)[: len(output)]
        middle = slice(rate_out // 50, -rate_out // 50)
        error = output[middle] - expected[middle]
        assert np.mean(error**2) < 1e-8 * np.mean(expected[middle] ** 2)


@pytest.mark.parametrize(("rate_in", "rate_out"), [(a, b) for a, b in PAIRS if b < a])
def test_what_the_lower_rate_cannot_hold_is_gone(rate_in, rate_out):
    loud = tone(rate_out / 2 * 1.1, rate_in)
    middle = slice(rate_out // 50, -rate_out // 50)
    left = resampled(loud, rate_in, rate_out)[middle]
    assert np.mean(left**2) < 1e-7 * np.mean(loud**2)


@pytest.mark.parametrize(("rate_in", "rate_out"), PAIRS)
def test_a_constant_stays_that_constant(rate_in, rate_out):
    output = resampled(np.full(2000, 0.25, dtype=np.float32), rate_in, rate_out)
    edge = rate_out // 100
    np.testing.assert_array_equal(output[edge:-edge], np.float32(0.25))


@pytest.mark.parametrize(("rate_in", "rate_out"), PAIRS)
def test_at_most_four_milliseconds_are_held_back(rate_in, rate_out):
    resampler = Resampler(rate_in, rate_out)
    taken = given_back = 0
    for length in (1300, 1, 700, 64, 5000):
        given_back += len(resampler.push(NOISE[taken : taken + length]))
        taken += length
        assert 0 <= taken / rate_in - given_back / rate_out <= 0.0041


def test_equal_rates_pass_the_very_same_samples():
    resampler = Resampler(16000, 16000)
    assert resampler.push(NOISE) is NOISE
    assert len(resampler.finish()) == 0


def test_a_finished_resampler_is_new():
    resampler = Resampler(22050, 48000)
    runs = []
    for _ in range(2):
        runs.append(np.concatenate([resampler.push(NOISE), resampler.finish()]))
    np.testing.assert_array_equal(*runs)
