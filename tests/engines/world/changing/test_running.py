"""Live speech in another voice: lengths, cuts, silence, and what a listener would notice."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myna.engines.changing.protocols import CHANGING_RATE as RATE
from myna.engines.world.changing.running import RunningChanger
from myna.engines.world.changing.target import Target, measure
from myna.engines.world.pitch import pitch
from tests.sound import Samples, of_file

LATE = round(RunningChanger.latency_seconds * RATE)


def voice(hz: float, seconds: float, tone: float) -> Samples:
    """Syllables: glides of two vowels with hiss between them; a higher `tone` is a brighter voice."""
    random = np.random.default_rng(0)
    at = np.arange(round(seconds * RATE)) / RATE
    heights = hz * np.exp(0.2 * np.sin(2 * np.pi * 0.7 * at) + 0.03 * np.sin(2 * np.pi * 2.9 * at))
    phase = np.cumsum(heights) / RATE
    voiced = np.clip(8 * np.sin(2 * np.pi * 2.2 * at) + 3, 0, 1)
    sound = np.zeros(len(at))
    for n in range(1, int(3800 / hz)):
        first, second = 500 + 200 * np.sin(2 * np.pi * 1.1 * at), 1500 + 500 * np.sin(2 * np.pi * 1.3 * at)
        level = sum(np.exp(-(((n * heights - f * tone) / 250) ** 2)) for f in (first, second, 2800.0)) + 0.02
        sound += level * np.sin(2 * np.pi * n * phase)
    hiss = np.diff(random.standard_normal(len(at) + 1)) * 0.3
    return np.asarray(0.08 * (voiced * sound + (1 - voiced) * hiss), np.float32)


@cache
def target() -> Target:
    return measure(voice(210.0, 6.0, 1.25))


@cache
def source() -> Samples:
    return voice(115.0, 4.0, 1.0)


@cache
def changed() -> Samples:
    return run([len(source())])


def run(cuts: list[int]) -> Samples:
    """The source changed, pushed in pieces of so many samples, in turn."""
    changer, samples, out, turn = RunningChanger(target()), source(), [], 0
    while len(samples):
        count = cuts[turn % len(cuts)]
        out.append(changer.push(samples[:count]))
        samples, turn = samples[count:], turn + 1
    return np.concatenate((*out, changer.finish()))


@settings(max_examples=3, deadline=None)
@given(st.lists(st.integers(40, 9000), min_size=1, max_size=12))
def test_how_a_stream_is_cut_makes_no_difference(cuts: list[int]) -> None:
    assert np.array_equal(run(cuts), changed())


def test_single_samples() -> None:
    changer = RunningChanger(target())
    samples = source()[:6000]
    out = [changer.push(samples[i : i + 1]) for i in range(len(samples))]
    whole = RunningChanger(target())
    expected = np.concatenate((whole.push(samples), whole.finish()))
    assert np.array_equal(np.concatenate((*out, changer.finish())), expected)


@pytest.mark.parametrize("count", [0, 1, 159, 160, 161, LATE, LATE + 1])
def test_what_comes_out_is_as_long_as_what_went_in(count: int) -> None:
    changer = RunningChanger(target())
    first = changer.push(source()[:count])
    assert len(first) == max(count - LATE, 0)
    assert len(first) + len(changer.finish()) == count


def test_each_sample_comes_out_as_late_as_is_said() -> None:
    changer, given = RunningChanger(target()), 0
    for start in range(0, len(source()), 320):
        given += len(changer.push(source()[start : start + 320]))
        assert given == max(start + 320 - LATE, 0)


def test_what_is_said_of_the_latency_is_within_what_listeners_bear() -> None:
    assert RunningChanger.latency_seconds <= 0.13


def test_what_comes_after_a_sample_and_its_latency_does_not_change_it() -> None:
    changer = RunningChanger(target())
    count = 30_000
    assert np.array_equal(changer.push(source()[:count]), changed()[: count - LATE])


def test_silence_stays_silent() -> None:
    changer = RunningChanger(target())
    out = np.concatenate((changer.push(np.zeros(RATE, np.float32)), changer.finish()))
    assert not out.any()


def test_silence_after_speech_is_silent() -> None:
    changer = RunningChanger(target())
    quiet = np.zeros(RATE, np.float32)
    out = np.concatenate((changer.push(source()), changer.push(quiet), changer.finish()))
    assert np.abs(out[len(source()) + 800 :]).max() < 1e-6


def test_no_sample_is_beyond_full_scale() -> None:
    changer = RunningChanger(target())
    out = np.concatenate((changer.push(source() / np.abs(source()).max()), changer.finish()))
    assert 0.5 < np.abs(out).max() <= 1.0


def test_the_pitch_is_soon_that_of_the_target() -> None:
    out = changed()[2 * RATE :].astype(float)
    heights = pitch(out, RATE, len(out) // 160, 0.01)
    assert np.log(np.median(heights[heights > 0])) == pytest.approx(target().pitch, abs=0.12)


def test_the_melody_is_kept() -> None:
    before, after = (
        pitch(each.astype(float), RATE, len(each) // 160, 0.01)[100:] for each in (source(), changed())
    )
    voiced = (before > 0) & (after > 0)
    assert np.corrcoef(np.log(before[voiced]), np.log(after[voiced]))[0, 1] > 0.9


def test_the_timbre_of_people_moves_to_that_of_others(corpus: Path) -> None:
    goal, speech = (
        of_file((corpus / f"en_vctk_{name}.flac").read_bytes()).samples for name in ("p225_003", "p226_011")
    )
    changer = RunningChanger(measure(goal))
    changer.push(speech)
    out = np.concatenate((changer.push(speech), changer.finish()))[LATE:]

    def shape(samples: Samples) -> np.ndarray:
        """The mean envelope of voiced speech, without its level."""
        sample = measure(samples).sample
        return sample.cepstra[sample.voiced].mean(axis=0)[1:]

    far = np.linalg.norm(shape(speech) - shape(goal))
    assert np.linalg.norm(shape(out) - shape(goal)) < 0.7 * far


def test_nothing_clicks_where_blocks_meet() -> None:
    bends = np.abs(np.diff(changed().astype(float), 2))
    for block in (128, 160):
        meets = np.arange(len(bends)) % block >= block - 2
        assert np.percentile(bends[meets], 99) < 1.5 * np.percentile(bends[~meets], 99)
