"""How changed speech is compared with what it was."""

import json
import subprocess

import numpy as np
import pytest
from bench.changing import RATE, crispness, melody, person, shifts
from bench.common import environment, python
from bench.speakers import Speaker, speakers

RNG = np.random.default_rng(3)


def test_without_recordings_it_says_so(tmp_path):
    command = python("-m", "bench.changing", "--quick", "--results", str(tmp_path))
    clean = {name: value for name, value in environment().items() if name != "MYNA_CORPUS"}
    done = subprocess.run(command, env=clean, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "MYNA_CORPUS" in json.loads((tmp_path / "changing.json").read_text())["figures"]["not measured"]


def test_a_melody_in_another_range_is_the_same_melody():
    contour = 120 * np.exp(0.2 * np.sin(np.arange(400) / 20))
    there = np.where(np.arange(400) % 50 < 10, 0.0, 80 * contour**0.3)
    assert melody(contour, there) == pytest.approx(1)
    assert abs(melody(contour, RNG.permutation(there))) < 0.5


@pytest.mark.parametrize("late", [0, 160, 640])
def test_a_shift_is_found_in_every_window(late):
    syllables = np.repeat(RNG.uniform(0, 1, 60) ** 3, RATE // 10) * RNG.normal(0, 0.1, 6 * RATE)
    found = shifts(syllables, np.concatenate((np.zeros(late), syllables))[: len(syllables)])
    assert len(found) >= 5 and max(abs(lag - 1000 * late / RATE) for lag in found) <= 5


def test_what_is_compared_was_never_measured(corpus):
    speaker = next(each for each in speakers(corpus) if len(each.clips) == 2)
    alone = Speaker("alone", "F", (speaker.clips[0],))
    for one, clips in (
        (person(speaker), speaker.clips),
        (person(alone), np.split(speaker.clips[0], [len(speaker.clips[0]) // 2])),
    ):
        assert np.array_equal(one.own, clips[0])
        assert [len(clip) for clip in one.held] == [len(clips[1])] and np.array_equal(one.held[0], clips[1])
        assert one.target is not None


def test_a_fainter_clip_is_no_less_crisp(corpus):
    clip = speakers(corpus)[0].clips[0]
    assert crispness(clip, clip * 0.5) == pytest.approx(0, abs=0.01)
