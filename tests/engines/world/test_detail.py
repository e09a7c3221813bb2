"""What is learnt from a recording: what to start from, and what to change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soxr

from myna.engines.protocols import Utterance
from myna.engines.world import bases, detail
from myna.engines.world.analysis import Measurement, measure
from myna.engines.world.bases import timbre_of
from myna.engines.world.calibration import calibrations
from myna.engines.world.detail import Start
from myna.engines.world.mapping import Statistical, mapping_of
from myna.engines.world.transformation import Transformation
from myna.speech.voices import Likeness, Timbre
from tests.engines.desk import Desk
from tests.sound import Sound, edits, recognised, words
from tests.voicing import envelope

SAID = (
    "Please call me when you have read the long letter from my brother. "
    "They will meet us at the station near the old stone bridge."
)
TEXT = "A large size in stockings is hard to sell in the summer."


@pytest.fixture(scope="module")
def person(flite: Desk) -> Sound:
    """A clip of somebody: a recording that no imitation starts from."""
    return flite.say("flite", SAID, timbre=Timbre(140, formant_scale=1.1, flite_base="awb")).sound


@pytest.fixture(scope="module")
def found(person: Sound) -> Measurement:
    return measure(soxr.resample(person.samples.astype(np.float64), person.rate, 16000), 16000)


def imitation(likeness: Likeness, text: str = TEXT) -> Utterance:
    return Utterance(text, "en-US", timbre_of(likeness.embedding, "en", likeness.detail), likeness)


def far(sound: Sound, target: Sound) -> float:
    """Decibels between the long-term spectra."""
    return float(np.sqrt(np.mean((envelope(sound) - envelope(target)) ** 2)))


def test_every_size_is_calibrated_on_every_engine() -> None:
    kept = {(each.engine, each.base, each.formant_scale) for each in calibrations()}
    sizes = {size for _, _, size in kept}
    assert kept == {(*base, size) for base in (("flite", "rms"), ("espeak", "")) for size in sizes}
    for each in calibrations():
        assert each.sample.voiced.sum() > 500
        assert each.sample.voiceless.sum() > 30
        assert not (each.sample.voiced & each.sample.voiceless).any()


def test_a_clip_tells_every_engine_what_to_start_from(found: Measurement) -> None:
    learnt = found.likeness.detail
    assert len(learnt) < 16_384
    flite, espeak = detail.start(learnt, "flite"), detail.start(learnt, "espeak")
    assert flite is not None
    assert espeak is not None
    assert flite.base == "rms"
    assert flite.formant_scale == espeak.formant_scale
    assert detail.start(learnt, "another") is None


def test_the_same_clip_teaches_the_same(person: Sound, found: Measurement) -> None:
    again = measure(soxr.resample(person.samples.astype(np.float64), person.rate, 16000), 16000)
    assert again.likeness == found.likeness


def test_a_timbre_of_the_clip_uses_what_was_learnt(found: Measurement) -> None:
    timbre = imitation(found.likeness).timbre
    for engine in ("flite", "espeak"):
        assert isinstance(mapping_of(found.likeness, timbre, engine), Transformation)
    assert isinstance(mapping_of(found.likeness, replace(timbre, flite_base="slt"), "flite"), Statistical)
    assert isinstance(mapping_of(found.likeness, replace(timbre, formant_scale=0.8), "flite"), Statistical)


@pytest.mark.parametrize("broken", [b"", b"mlk1", b"nonsense" * 40, "cut", "blank"])
def test_what_cannot_be_read_is_not_used(found: Measurement, broken: bytes | str) -> None:
    learnt = found.likeness.detail
    if isinstance(broken, str):
        head = 28
        broken = (
            learnt[: len(learnt) // 3] if broken == "cut" else learnt[:head] + b"\xff" * (len(learnt) - head)
        )
    likeness = replace(found.likeness, detail=broken)
    timbre = timbre_of(likeness.embedding, "en", likeness.detail)
    assert detail.transformation(broken, bases.start("flite", timbre)) is None
    assert isinstance(mapping_of(likeness, timbre, "flite"), Statistical)


def test_a_transformation_survives_its_bytes(found: Measurement) -> None:
    start = detail.start(found.likeness.detail, "flite")
    assert start is not None
    learnt = detail.transformation(found.likeness.detail, start)
    assert learnt is not None
    again = Transformation.unpacked(learnt.packed())
    levels = np.random.default_rng(5).normal(-30, 10, (20, 64))
    assert again.gains(levels, [""] * 20) == pytest.approx(learnt.gains(levels, [""] * 20))


def test_gains_stay_within_reason(found: Measurement) -> None:
    start = detail.start(found.likeness.detail, "flite")
    learnt = detail.transformation(found.likeness.detail, start or Start("", "", 0.0))
    assert learnt is not None
    for levels in (np.full((4, 64), -110.0), np.full((4, 64), 60.0), np.tile([60.0, -110.0], (4, 32))):
        gains = learnt.gains(levels, [""] * 4)
        assert np.isfinite(gains).all()
        assert gains.max() <= 24
        assert gains.min() >= -30


def test_a_clone_is_nearer_than_its_base_and_understood(
    flite: Desk, person: Sound, found: Measurement
) -> None:
    wanted = imitation(found.likeness)
    clone = flite.speak("flite", wanted).sound
    base = flite.speak("flite", replace(wanted, likeness=None)).sound
    assert far(clone, person) < 0.7 * far(base, person)
    reference = words(TEXT)
    assert edits(reference, words(recognised(clone))) <= len(reference) // 3


def test_espeak_comes_nearer_too(worker: Desk, flite: Desk, person: Sound, found: Measurement) -> None:
    wanted = imitation(found.likeness)
    clone = worker.speak("espeak", wanted).sound
    base = worker.speak("espeak", replace(wanted, likeness=None)).sound
    assert far(clone, person) < 0.8 * far(base, person)


def test_what_is_learnt_helps_beyond_the_embedding(flite: Desk, person: Sound, found: Measurement) -> None:
    told = flite.speak("flite", imitation(found.likeness)).sound
    bare = flite.speak("flite", imitation(replace(found.likeness, detail=b""))).sound
    assert far(told, person) < far(bare, person) + 0.5
