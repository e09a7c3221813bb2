"""Clips that hold only the lower half of speech."""

import numpy as np
import pytest
import soxr

from myna.engines.world.analysis import measure
from myna.engines.world.bandwidth import widened
from myna.engines.world.bases import timbre_of
from myna.engines.world.mapping import mapping_of
from myna.speech import embedding
from myna.speech.voices import Timbre

TEXT = "Please call me when you have read the long letter from my brother, who sits in the station."


def levels(count=200):
    noise = np.random.default_rng(2).normal(0, 3, (count, 64))
    voiced = np.arange(count) % 3 > 0
    return noise + np.linspace(0, -20, 64), voiced, ~voiced


def test_what_holds_all_bands_stays():
    envelope, voiced, voiceless = levels()
    assert widened(envelope, voiced, voiceless) is envelope


def test_empty_bands_go_on_like_the_average_voice():
    envelope, voiced, voiceless = levels()
    full = envelope.copy()
    envelope[:, 48:] = -110
    found = widened(envelope, voiced, voiceless)
    assert found[:, :45] == pytest.approx(full[:, :45])
    assert np.abs(found[:, 45:].mean(axis=0) - full[:, 45:].mean(axis=0)).max() < 15


def test_silence_stays():
    silence = np.full((10, 64), -110.0)
    nothing = np.zeros(10, bool)
    assert widened(silence, nothing, nothing) is silence


def test_a_call_gives_nearly_the_voice_of_the_whole_band(flite):
    sound = flite.say("flite", TEXT, timbre=Timbre(140, formant_scale=1.1, flite_base="awb")).sound
    samples = soxr.resample(sound.samples.astype(np.float64), sound.rate, 16000)
    call = soxr.resample(soxr.resample(samples, 16000, 8000), 8000, 16000)
    whole, heard = measure(samples, 16000).likeness, measure(call, 16000).likeness
    one, other = (np.array(embedding.traits(each.embedding).voiced) for each in (whole, heard))
    assert np.abs(one - other)[:45].max() < 3
    assert np.abs(one - other)[45:].max() < 12
    timbre = timbre_of(heard.embedding, "en", heard.detail)
    noise = np.random.default_rng(1).normal(-30, 5, (50, 64))
    gains = mapping_of(heard, timbre, "flite").gains(noise, [""] * 50)
    assert gains[:, 50:].mean() > gains[:, :40].mean() - 12
