"""How live speech is timed, without a machine that is fast enough for it."""

import json
import subprocess
import time

import numpy as np
import pytest
from bench.common import environment, python
from bench.listening import PIECE, RATE, SILENCE, Clip, Heard, clips, delays
from bench.replayed import Clock, replay, streams

from myna.speech.listening import Endpointing, Final, TimedWord


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


def test_work_takes_its_cpu_time_and_rest_none():
    clock, slow = Clock(), Clock(4.0)
    begun = clock(), slow()
    time.sleep(0.2)
    end = time.process_time() + 0.05
    while time.process_time() < end:
        pass
    taken = clock() - begun[0]
    assert 0.05 <= taken < 0.2
    assert slow() - begun[1] >= 4 * 0.05
    clock.wait(clock() + 100)
    assert clock() > begun[0] + 100
    clock.wait(0.0)
    assert clock() > begun[0] + 100


def test_a_slower_core_is_further_behind(corpus):
    pytest.importorskip("pocketsphinx")
    from myna.engines.sphinx.recognizer import load

    clip = next(clip for clip in clips(corpus, quick=True) if "brooklyn" in clip.name)
    recognizer = load()
    quick = replay(recognizer, clip, Endpointing(SILENCE))
    assert [event for _, event in quick.events if isinstance(event, Final)]
    times = [now for now, _ in quick.events]
    assert times == sorted(times)
    assert len(delays(clip, quick)) == 1
    assert quick.cpu > 0
    slow = replay(recognizer, clip, Endpointing(SILENCE), slower=30.0)
    assert max(slow.backlog) > 2 * max(quick.backlog)
    assert delays(clip, slow) == [] or delays(clip, slow)[0] > delays(clip, quick)[0]
    carried, told = streams(recognizer, clip, cores=2, keeps_up=-1.0, most=4, rounds=1)
    assert (carried, len(told)) == (0, 1)
