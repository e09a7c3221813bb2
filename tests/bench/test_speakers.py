"""Which clips are cloned, and which are compared."""

import numpy as np
import pytest
from bench.resemblance import Gaussian, cepstra, cosine, write_wav
from bench.speakers import RATE, speakers, trials

COLUMNS = ("file", "language", "speaker", "gender", "kind", "source", "note")


@pytest.fixture
def corpus(tmp_path):
    rows = [
        ("a1.wav", "en", "ann", "F", "clean", "x/one.wav", ""),
        ("a2.wav", "en", "ann", "F", "clean", "x/two.wav", ""),
        (
            "a3.wav",
            "en",
            "ann",
            "F",
            "long",
            "y/two.wav + y/three.wav",
            "joined; speech at 0.20-3.00 4.00-6.50",
        ),
        ("b1.wav", "en", "bob", "M", "clean", "x/bob.wav", ""),
        ("b2.wav", "en", "bob", "M", "noisy", "x/noise.wav", ""),
        ("c1.wav", "de", "cid", "M", "clean", "x/cid.wav", ""),
    ]
    table = ["\t".join(COLUMNS), *("\t".join(row) for row in rows)]
    (tmp_path / "manifest.tsv").write_text("\n".join(table) + "\n")
    for number, row in enumerate(rows):
        noise = np.random.default_rng(number).normal(0, 0.1, round(7 * RATE)).astype(np.float32)
        write_wav(str(tmp_path / row[0]), noise)
    return tmp_path


def test_clips_are_told_apart_and_none_is_taken_twice(corpus):
    found = {speaker.name: speaker for speaker in speakers(corpus)}
    assert {name: len(speaker.clips) for name, speaker in found.items()} == {"ann": 3, "bob": 1}
    assert [round(len(clip) / RATE, 1) for clip in found["ann"].clips] == [7.0, 3.0, 2.7]
    assert found["ann"].gender == "F"


@pytest.mark.parametrize("seconds", [5.0, 10.0])
def test_what_is_compared_was_not_cloned(corpus, seconds):
    made = trials(speakers(corpus), seconds)
    assert len(made) == 2
    for trial in made:
        assert trial.others
        assert not set(trial.others) & set(trial.cloned)
        assert len(trial.clip) <= seconds * RATE
        whole = np.concatenate([trial.speaker.clips[number] for number in trial.others])
        start = trial.clip[1000:1100]
        windows = np.lib.stride_tricks.sliding_window_view(whole, 100)
        assert not (windows == start).all(axis=1).any()
    assert made[0].cloned != made[1].cloned


def test_a_cosine_knows_directions():
    one = np.array([[1.0, 0.0], [3.0, 0.0]])
    assert cosine(one, np.array([[0.5, 0.0]])) == pytest.approx(1.0)
    assert cosine(one, np.array([[0.0, 2.0]])) == pytest.approx(0.0)


def test_a_gaussian_finds_its_own_likelier():
    random = np.random.default_rng(4)
    low, high = random.normal(0, 1, (RATE, 1))[:, 0], random.normal(0, 1, (RATE * 2, 1))[:, 0]
    high = np.diff(high)
    low = np.cumsum(low) - np.convolve(np.cumsum(low), np.ones(9) / 9, "same")
    mine, other, more = cepstra([low[:8000]]), cepstra([high]), cepstra([low[8000:]])
    assert Gaussian(mine).likelihood(more) > Gaussian(other).likelihood(more)
