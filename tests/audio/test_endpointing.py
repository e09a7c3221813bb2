from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myna.audio.decoding import decode_all
from myna.audio.detection import FRAME, RATE
from myna.audio.endpointing import FRAME_SECONDS, Change, Endpointer, Frame, SpeechMeter
from tests.audio.recordings import Samples, tone

PAUSE = 6


def of(corpus: Path, name: str) -> Samples:
    return decode_all(corpus / name, RATE, most_seconds=600.0).samples


def stretches(frames: list[Frame]) -> list[tuple[float, float]]:
    """From the first frame of speech to behind the last, in seconds, for each onset."""
    ends, found = Endpointer(PAUSE), []
    start = None
    for index, frame in enumerate(frames, 1):
        change = ends.push(frame.probability)
        if change is Change.ONSET:
            start = index - ends.began
        elif change is Change.PAUSE:
            assert start is not None
            found.append((start * FRAME_SECONDS, (index - ends.silence) * FRAME_SECONDS))
            start = None
    if start is not None:
        found.append((start * FRAME_SECONDS, len(frames) * FRAME_SECONDS))
    return found


def heard(samples: Samples, min_volume: float | None = None) -> list[tuple[float, float]]:
    meter = SpeechMeter(min_volume)
    return stretches([*meter.push(samples), *meter.flush()])


def scored(text: str) -> list[tuple[Change, int]]:
    """`#` is speech, `+` may be, `.` is none."""
    ends = Endpointer(PAUSE)
    changes = ((ends.push({"#": 0.9, "+": 0.4, ".": 0.1}[mark]), i) for i, mark in enumerate(text))
    return [(change, index) for change, index in changes if change]


# --- begin and pause ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("", []),
        ("..........", []),
        ("++++++++++", []),
        ("..###.......", []),
        ("..####", [(Change.ONSET, 5)]),
        ("..#+.##.#", [(Change.ONSET, 8)]),
        ("..##...##...##...", []),
        ("#" + 20 * "+" + "###", []),
        ("..####......", [(Change.ONSET, 5), (Change.PAUSE, 11)]),
        ("..####.....+......", [(Change.ONSET, 5), (Change.PAUSE, 17)]),
        ("####......##......####", [(Change.ONSET, 3), (Change.PAUSE, 9), (Change.ONSET, 21)]),
    ],
)
def test_speech_begins_when_it_is_sure_and_pauses_after_silence(
    text: str, changes: list[tuple[Change, int]]
) -> None:
    assert scored(text) == changes


def test_it_is_told_when_speech_began_and_how_long_it_paused() -> None:
    ends = Endpointer(PAUSE)
    for mark in "####..........":
        ends.push(0.9 if mark == "#" else 0.1)
    assert not ends.speaking
    for mark in "#.###":
        ends.push(0.9 if mark == "#" else 0.1)
    assert (ends.speaking, ends.began, ends.paused, ends.silence) == (True, 5, 10, 0)


def test_what_may_be_a_beginning_is_taken_for_one_at_the_end() -> None:
    ends = Endpointer(PAUSE)
    ends.push(0.9)
    assert not ends.suppose()
    ends.push(0.9)
    assert ends.suppose()
    assert ends.speaking
    assert not ends.suppose()


# --- probabilities ------------------------------------------------------------------------------------


def chirp(seconds: float) -> Samples:
    time = np.arange(round(seconds * RATE)) / RATE
    return (0.4 * np.sin(2 * np.pi * (200 + 800 * time) * time)).astype(np.float32)


def music(seconds: float) -> Samples:
    """Chords of plucked strings over a beat."""
    random = np.random.default_rng(3)
    time = np.arange(round(seconds * RATE)) / RATE
    total = np.zeros_like(time)
    for beat in np.arange(0.0, seconds, 0.35):
        since = np.clip(time - beat, 0, None)
        for pitch in random.choice([196.0, 220.0, 261.6, 293.7, 329.6, 392.0, 440.0], 3, replace=False):
            for harmonic in range(1, 7):
                note = np.sin(2 * np.pi * pitch * harmonic * since) * np.exp(-since * (3 + harmonic))
                total += note / harmonic * (since > 0)
        total += 0.5 * random.normal(size=len(time)) * np.exp(-since * 60) * (since > 0)
    return (0.4 * total / np.abs(total).max()).astype(np.float32)


def clicks(seconds: float) -> Samples:
    samples = np.random.default_rng(4).normal(0, 1e-3, round(seconds * RATE)).astype(np.float32)
    samples[RATE // 2 :: RATE // 3] = 0.9
    return samples


def breath(seconds: float) -> Samples:
    random = np.random.default_rng(5)
    swell = np.clip(np.sin(2 * np.pi * 0.4 * np.arange(round(seconds * RATE)) / RATE), 0, None)
    hiss = np.convolve(random.normal(size=len(swell)), np.ones(6) / 6, mode="same")
    return (0.03 * hiss * swell + 3e-4 * random.normal(size=len(swell))).astype(np.float32)


@pytest.mark.parametrize("sound", [tone(4, RATE), chirp(4), music(6), clicks(4), breath(5)], ids=str)
@pytest.mark.parametrize("level", [1.0, 0.03])
def test_sounds_that_nobody_makes_with_the_voice_are_no_speech(sound: Samples, level: float) -> None:
    assert heard(sound * np.float32(level)) == []


def test_silence_does_not_ask_the_network() -> None:
    class Never:
        def reset(self) -> None:
            pass

        def probability(self, frame: Samples) -> float:
            raise AssertionError("asked")

    meter = SpeechMeter(network=Never())
    frames = [*meter.push(np.zeros(10 * RATE, dtype=np.float32))]
    assert {frame.probability for frame in frames} == {0.0}
    broken = np.full(FRAME, np.nan, dtype=np.float32)
    assert [frame.probability for frame in meter.push(broken)] == [0.0]


def test_clips_without_speech_give_none(corpus: Path) -> None:
    for name in ("silence_4s.flac", "noise_pink_5s.flac", "noise_room_6s.flac"):
        for level in (1.0, 0.01):
            assert heard(of(corpus, name) * np.float32(level)) == []


@pytest.mark.parametrize("level", [1.0, 0.02])
def test_speech_is_found_where_it_is(corpus: Path, level: float) -> None:
    spans = heard(of(corpus, "en_pauses_ls367.flac") * np.float32(level))
    assert all(
        any(
            start - 0.2 <= one[0] and one[1] <= end + 0.2
            for start, end in ((0.4, 2.75), (3.75, 7.99), (9.99, 13.76))
        )
        for one in spans
    )
    assert 8.0 < sum(end - start for start, end in spans) < 10.5


def test_speech_below_the_least_volume_is_none(corpus: Path) -> None:
    samples = of(corpus, "en_g_brooklyn.wav")
    assert heard(samples, 0.001)
    assert heard(samples * np.float32(0.1), 0.1) == []


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 9000), min_size=1, max_size=6))
def test_any_cut_gives_the_same_frames(cuts: list[int]) -> None:
    random = np.random.default_rng(1)
    samples = (random.normal(size=12_000) * 0.05).astype(np.float32)
    whole, cut = SpeechMeter(), SpeechMeter()
    frames = [*whole.push(samples), *whole.flush()]
    pieces = np.split(samples, np.minimum(np.cumsum(cuts), len(samples)))
    others = [frame for piece in pieces for frame in cut.push(piece)] + [*cut.flush()]
    assert [frame.probability for frame in frames] == [frame.probability for frame in others]
    assert np.array_equal(np.concatenate([frame.samples for frame in others]), samples)
