from __future__ import annotations

import math

import numpy as np
import pytest

from myna.engines.world.analysis import measure
from myna.speech import embedding
from myna.speech.errors import ClipRejected
from myna.speech.voices import Timbre
from tests.engines.desk import MAN, WOMAN, Desk

TEXT = (
    "The north wind and the sun were arguing about which of them was the stronger, when a traveller came "
    "along wrapped in a warm coat."
)


@pytest.fixture(scope="session")
def man(worker: Desk) -> tuple[np.ndarray, int]:
    sound = worker.say("espeak", TEXT, timbre=Timbre(110.0)).sound
    return sound.samples.astype(np.float64), sound.rate


def test_the_same_speech_gives_the_same_numbers(man: tuple[np.ndarray, int]) -> None:
    one, other = measure(*man), measure(*man)
    assert one == other
    assert one.likeness.embedding == embedding.speakable(one.likeness.embedding)
    assert one.gender == "masculine"
    assert one.pitch_hz == pytest.approx(110, rel=0.05)


@pytest.mark.parametrize(("timbre", "gender"), [(MAN, "masculine"), (WOMAN, "feminine")])
def test_a_voice_has_its_pitch_and_gender(flite: Desk, timbre: Timbre, gender: str) -> None:
    sound = flite.say("flite", TEXT, timbre=timbre).sound
    measured = measure(sound.samples.astype(np.float64), sound.rate)
    assert measured.gender == gender
    assert measured.pitch_hz == pytest.approx(timbre.pitch_hz, rel=0.03)


def test_level_silence_and_rate_are_not_the_voice(man: tuple[np.ndarray, int]) -> None:
    import soxr

    samples, rate = man
    plain = measure(samples, rate).likeness.embedding
    silence = np.zeros(rate)
    for changed in (
        measure(samples * 0.05, rate),
        measure(samples + 0.02, rate),
        measure(np.concatenate((silence, samples, silence)), rate),
        measure(soxr.resample(samples, rate, 48000), 48000),
    ):
        assert math.dist(plain, changed.likeness.embedding) < 0.8
        assert embedding.similarity(plain, changed.likeness.embedding) > 0.99


def test_another_sentence_of_a_voice_is_more_like_it_than_another_voice(worker: Desk) -> None:
    def vector(text: str, timbre: Timbre) -> tuple[float, ...]:
        sound = worker.say("espeak", text, timbre=timbre).sound
        return measure(sound.samples.astype(np.float64), sound.rate).likeness.embedding

    low, high = Timbre(105.0, formant_scale=0.95), Timbre(190.0, formant_scale=1.15)
    other = "Please could you show me the way to the old harbour, and what a beautiful ship that was?"
    own = embedding.similarity(vector(TEXT, low), vector(other, low))
    assert own > 0.85
    assert own > embedding.similarity(vector(TEXT, low), vector(other, high)) + 0.2


def test_a_telephone_hides_the_treble_but_not_the_voice(man: tuple[np.ndarray, int]) -> None:
    import soxr

    samples, rate = man
    plain = measure(samples, rate)
    narrow = measure(soxr.resample(samples, rate, 8000), 8000)
    assert narrow.pitch_hz == pytest.approx(plain.pitch_hz, rel=0.02)
    one, other = (np.array(embedding.traits(m.likeness.embedding).voiced) for m in (plain, narrow))
    treble = np.array(other)[-12:]
    assert np.ptp(treble) < 20
    assert np.std((one - other)[:40]) < 2.5


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0),
        np.zeros(1),
        np.zeros(32000),
        np.full(32000, 0.5),
        np.random.default_rng(0).normal(0, 0.1, 48000),
    ],
    ids=["nothing", "one", "silence", "level", "noise"],
)
def test_where_nobody_speaks_nobody_is_measured(samples: np.ndarray) -> None:
    with pytest.raises(ClipRejected, match="no voice"):
        measure(samples, 16000)


def test_people_are_recognised_among_others(corpus) -> None:  # type: ignore[no-untyped-def]
    from tests.sound import of_file

    names = {
        "p225": ["en_vctk_p225_003.flac", "en_vctk_p225_011.flac"],
        "p226": ["en_vctk_p226_011.flac", "en_vctk_p226_022.flac"],
        "ls367": ["en_ls_367_130732_0001.flac", "en_ls_367_130732_0004.flac"],
        "ls533": ["en_ls_533_1066_0005.flac", "en_ls_533_1066_0008.flac"],
        "ls2609": ["en_ls_2609_156975_0001.flac", "en_ls_2609_156975_0003.flac"],
    }
    found = {}
    for speaker, files in names.items():
        for file in files:
            sound = of_file((corpus / file).read_bytes())
            found[speaker, file] = measure(sound.samples.astype(np.float64), sound.rate).likeness.embedding
    for one, vector in found.items():
        others = {key: embedding.similarity(vector, v) for key, v in found.items() if key != one}
        assert max(others, key=others.__getitem__)[0] == one[0], (one, others)
