"""How live speech is timed, without a machine that is fast enough for it."""

import json
import subprocess

import numpy as np
import pytest
from bench.common import environment, python
from bench.listening import PIECE, RATE, SILENCE, Clip, Heard, clips, delays

from myna.speech.listening import Final, TimedWord


def final(start, until):
    return Final("home", (TimedWord("home", start, until - 0.2),), start, until)


def test_without_recordings_it_says_so(tmp_path):
    command = python("-m", "bench.listening", "--quick", "--results", str(tmp_path))
    clean = {name: value for name, value in environment().items() if name != "MYNA_CORPUS"}
    done = subprocess.run(command, env=clean, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "MYNA_CORPUS" in json.loads((tmp_path / "listening.json").read_text())["figures"]["not measured"]


def test_finals_are_timed_from_the_end_of_speech_and_the_silence():
    clip = Clip("any", ["home"], np.zeros(6 * RATE, np.int16), (2.0, 5.0))
    first = 2.0 + PIECE / RATE
    heard = Heard([(first + SILENCE + 0.25, final(1.0, first + 0.2)), (9.0, final(3.0, 7.5))], [])
    assert delays(clip, heard) == pytest.approx([0.25])


def test_clips_are_played_with_their_own_noise_around_them(corpus):
    for clip in clips(corpus, quick=True):
        assert clip.seconds - 2.5 < clip.ends[-1] < clip.seconds - 1.9
        assert clip.reference
        assert 0 < np.abs(clip.samples[-RATE:]).max() < 1000
