from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from myna.engines.sphinx.acoustics import differences, read
from myna.engines.sphinx.cepstra import Cepstra
from myna.engines.sphinx.pitch import pitch
from myna.engines.sphinx.warping import Warp
from myna.speech.errors import EngineError
from tests.engines.desk import MAN, WOMAN, Desk

pocketsphinx = pytest.importorskip("pocketsphinx", reason="PocketSphinx has no wheel for this Python here")


def folder() -> Path:
    return Path(pocketsphinx.get_model_path("en-us/en-us"))


def test_speech_fits_as_it_is(flite: Desk) -> None:
    model = read(folder())
    speech = flite.say("flite", "The ferry leaves at nine in the morning.", timbre=MAN).speech.samples
    frames = Cepstra().push(speech)
    frames = frames - frames.mean(axis=0)
    assert model.fit(differences(frames)) > model.fit(differences(frames[:, ::-1]))


def test_a_woman_is_warped_more_than_a_man(flite: Desk) -> None:
    model, found = read(folder()), []
    for timbre in (MAN, WOMAN):
        warp = Warp(model)
        sound = flite.say("flite", "The ferry leaves at nine in the morning.", timbre=timbre).speech
        for _ in warp.study(sound.samples):
            pass
        found.append(warp.value)
    assert 1.0 <= found[0] < found[1] <= 1.2


def test_a_folder_that_holds_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot be read"):
        read(tmp_path)
    (tmp_path / "means").write_bytes(b"s3\nnothing")
    with pytest.raises(EngineError, match="no header"):
        read(tmp_path)


def test_pitch_tells_high_voices_from_low_ones(flite: Desk) -> None:
    for timbre in (MAN, WOMAN):
        sound = flite.say("flite", "The ferry leaves at nine in the morning.", timbre=timbre).speech
        assert pitch(sound.samples) == pytest.approx(timbre.pitch_hz, rel=0.15)
    time = np.arange(16_000) / 16_000
    buzz = np.sign(np.sin(2 * np.pi * 125 * time)).astype(np.float32)
    assert pitch(buzz) == pytest.approx(125, rel=0.03)
    assert pitch(np.zeros(16_000, np.float32)) == pitch(np.zeros(10, np.float32)) == 0.0
    assert pitch(np.random.default_rng(1).normal(size=16_000).astype(np.float32)) == 0.0
