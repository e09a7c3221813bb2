"""Speech of one person made to join that of another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from myna.audio.decoding import decode
from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.world.changing import neighbours
from myna.engines.world.changing.joining import bent, fit
from myna.engines.world.changing.target import measure
from myna.engines.world.pitch import pitch
from tests.sound import Sound, active_level


def clip(corpus: Path, name: str) -> np.ndarray:
    return np.concatenate(list(decode(corpus / name, CHANGING_RATE, most_seconds=60))).astype(np.float32)


@dataclass(frozen=True)
class Gap:
    """A recording with a hole, and what was put into it."""

    left: np.ndarray
    right: np.ndarray
    speech: np.ndarray
    more: np.ndarray
    sound: np.ndarray


@pytest.fixture(scope="module")
def woman(corpus: Path) -> np.ndarray:
    return clip(corpus, "en_vctk_p225_003.flac")


@pytest.fixture(scope="module")
def man(corpus: Path) -> np.ndarray:
    return clip(corpus, "en_vctk_p226_011.flac")


@pytest.fixture(scope="module")
def gap(man: np.ndarray, woman: np.ndarray) -> Gap:
    """Cut at places that nobody chose."""
    third = len(man) // 3
    left, right = man[:third] * np.float32(0.5), man[2 * third :] * np.float32(0.5)
    speech, more = np.split(woman, [len(woman) // 3])
    return Gap(left, right, speech, more, fit(speech, left, right, more))


def median_pitch(samples: np.ndarray) -> float:
    found = pitch(samples.astype(float), CHANGING_RATE, len(samples) // 160, 0.01)
    return float(np.median(found[found > 0]))


def level(samples: np.ndarray) -> float:
    return active_level(Sound(samples, CHANGING_RATE))


def timbre(samples: np.ndarray) -> np.ndarray:
    sample = measure(samples).sample
    return sample.cepstra[sample.voiced][:, 1:].mean(axis=0)


def test_no_seam_jumps(gap: Gap) -> None:
    assert gap.sound.dtype == np.float32 and np.abs(gap.sound).max() <= 1
    clip = np.concatenate((gap.left, gap.right)).astype(float)
    most = np.quantile(np.abs(np.diff(clip)), 0.999)
    assert abs(float(gap.sound[0]) - float(gap.left[-1])) <= most
    assert abs(float(gap.right[0]) - float(gap.sound[-1])) <= most


def test_it_is_as_loud_as_the_neighbours(gap: Gap) -> None:
    around = (level(gap.left) + level(gap.right)) / 2
    assert level(gap.sound) == pytest.approx(around, abs=2)
    assert abs(level(gap.speech) - around) > 3


def test_it_is_as_high_as_they_are_and_like_them(gap: Gap) -> None:
    clip = np.concatenate((gap.left, gap.right))
    assert median_pitch(gap.sound) == pytest.approx(median_pitch(clip), rel=0.12)
    assert median_pitch(gap.speech) > 1.4 * median_pitch(clip)
    before, after = (np.linalg.norm(timbre(each) - timbre(clip)) for each in (gap.speech, gap.sound))
    assert after < 0.75 * before


def test_it_is_as_long_as_the_speech_and_its_pauses(gap: Gap) -> None:
    assert len(gap.sound) == pytest.approx(len(gap.speech), abs=0.5 * CHANGING_RATE)


def test_between_a_loud_and_a_quiet_side_it_goes_from_one_to_the_other(gap: Gap) -> None:
    sound = fit(gap.speech, gap.left, gap.right * np.float32(0.1))
    first, last = np.array_split(sound, 2)
    before, after = np.array_split(gap.sound, 2)
    assert (level(first) - level(last)) - (level(before) - level(after)) == pytest.approx(10, abs=3)


def test_one_side_is_enough(gap: Gap) -> None:
    most = np.quantile(np.abs(np.diff(gap.left.astype(float))), 0.999)
    for sides in ((gap.left, None), (None, gap.left)):
        sound = fit(gap.speech, *sides)
        assert level(sound) == pytest.approx(level(gap.left), abs=2)
        outer = sound[-1] if sides[1] is None else sound[0]
        inner = sound[0] - gap.left[-1] if sides[1] is None else sound[-1] - gap.left[0]
        assert abs(outer) < 1e-3 and abs(inner) <= most


@pytest.mark.parametrize("size", [0, 1, 100, 3000, CHANGING_RATE])
@pytest.mark.parametrize("fill", [0.0, 0.003, np.nan])
def test_beside_silence_it_stays_as_it_is(gap: Gap, size: int, fill: float) -> None:
    silence = np.random.default_rng(0).normal(0, 1, size).astype(np.float32) * np.float32(fill)
    sound = fit(gap.speech, silence, None)
    assert np.isfinite(sound).all()
    assert level(sound) == pytest.approx(level(gap.speech), abs=0.5)


@pytest.mark.parametrize("seconds", [0.3, 0.6, 1.0])
def test_a_little_speech_is_enough_for_level_and_pitch(gap: Gap, seconds: float) -> None:
    start = CHANGING_RATE
    little = gap.left[start : start + round(seconds * CHANGING_RATE)]
    sound = fit(gap.speech, little, None, gap.more)
    heard = neighbours.heard(little, None)
    assert heard.left is not None
    if heard.left.level is not None:
        assert level(sound) == pytest.approx(heard.left.level, abs=3)
    if heard.voice is not None:
        assert median_pitch(sound) == pytest.approx(heard.voice.pitch_hz, rel=0.2)


@pytest.mark.parametrize("speech", [np.zeros(0), np.zeros(8000), np.full(8000, np.nan), np.ones(1)])
def test_speech_that_is_none(gap: Gap, speech: np.ndarray) -> None:
    sound = fit(speech.astype(np.float32), gap.left, gap.right)
    assert len(sound) and np.isfinite(sound).all()
    assert len(sound) < 2 * CHANGING_RATE


def test_pauses_hold_the_noise_of_the_neighbours(gap: Gap) -> None:
    noise = np.random.default_rng(3).normal(0, 0.004, len(gap.left)).astype(np.float32)
    left = np.concatenate((gap.left + noise, noise[: CHANGING_RATE // 2]))
    sound = fit(np.concatenate((np.zeros(CHANGING_RATE, np.float32), gap.speech)), left, None)
    pause = sound[400 : CHANGING_RATE // 2].astype(float)
    assert 20 * np.log10(np.std(pause) / 0.004) == pytest.approx(0, abs=2)


def test_what_is_far_from_the_gap_does_not_count(gap: Gap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "FARTHEST_SECONDS", len(gap.left) / CHANGING_RATE)
    shrill = np.sin(np.arange(3 * CHANGING_RATE) * 0.9).astype(np.float32)
    sound = fit(gap.speech, np.concatenate((shrill, gap.left)), np.concatenate((gap.right, shrill)))
    assert (sound == fit(gap.speech, gap.left, gap.right[: len(gap.left)])).all()


def test_the_melody_comes_from_the_left_and_goes_to_the_right(gap: Gap) -> None:
    heard = neighbours.heard(gap.left, gap.right)
    assert heard.left is not None and heard.right is not None
    assert heard.left.pitch is not None and heard.right.pitch is not None
    flat = np.full(200, 300.0)
    flat[50:60] = 0.0
    made = bent(flat, heard.left, heard.right)
    assert (made[50:60] == 0).all() and made[100] == 300
    for end, side in ((made[0], heard.left), (made[-1], heard.right)):
        wanted = np.exp(side.pitch)  # type: ignore[arg-type]
        assert abs(end - wanted) < 0.9 * abs(300 - wanted)
        assert 150 < end < 300
    assert np.abs(np.diff(np.log(made[60:]))).max() < 0.03


def test_it_can_be_stopped_between_steps(gap: Gap) -> None:
    steps = []

    def step() -> None:
        steps.append(1)
        if len(steps) == 3:
            raise KeyError

    with pytest.raises(KeyError):
        fit(gap.speech, gap.left, gap.right, gap.more, step)
