"""Clones of recorded people, by the measure that needs no environment of its own."""

import json
import subprocess

import numpy as np
import pytest
from bench.cloning import SENTENCES, gap, look, misheard, plain_timbre, speak
from bench.common import environment, python
from bench.resemblance import Gaussian, cepstra
from bench.speakers import speakers, trials

from myna.engines.pool import WorkerPool
from myna.engines.world.bases import timbre_of

PEOPLE = ("vctkp226", "ls367")


def test_halfway_is_half_of_the_gap():
    assert gap(0.7, 0.5, 0.9) == pytest.approx(50)


def test_without_recordings_it_says_so(tmp_path):
    command = python("-m", "bench.cloning", "--quick", "--results", str(tmp_path))
    clean = {name: value for name, value in environment().items() if name != "MYNA_CORPUS"}
    done = subprocess.run(command, env=clean, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "MYNA_CORPUS" in json.loads((tmp_path / "cloning.json").read_text())["figures"]["not measured"]


@pytest.mark.timeout(180)
async def test_clones_are_likelier_to_be_the_speaker_and_are_understood(corpus):
    everybody = speakers(corpus)
    anybody = Gaussian(np.concatenate([cepstra(speaker.clips) for speaker in everybody]))
    sentences = SENTENCES[:2]
    pool = WorkerPool(workers=1)
    await pool.start()
    try:
        if "flite" not in pool.engines:
            pytest.skip(f"no Flite on this machine: {pool.missing['flite']}")
        for trial in trials(everybody, 10.0)[::2]:
            if trial.speaker.name not in PEOPLE:
                continue
            target = Gaussian(cepstra([trial.speaker.clips[number] for number in trial.others]))
            finding, _ = look(trial.clip)
            timbre = timbre_of(finding.likeness.embedding, "en", finding.likeness.detail)
            clone = await speak(pool, "flite", timbre, finding, sentences)
            plain = await speak(pool, "flite", plain_timbre(trial.speaker.gender), None, sentences)
            ratios = [
                target.likelihood(frames) - anybody.likelihood(frames)
                for frames in (cepstra(clone.clips), cepstra(plain.clips), cepstra([trial.clip]))
            ]
            assert gap(*ratios) > 40, trial.speaker.name
            assert misheard(clone, sentences) <= 0.4, trial.speaker.name
    finally:
        await pool.aclose()
