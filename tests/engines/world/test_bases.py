from __future__ import annotations

import math
from dataclasses import replace

import pytest

from myna.engines.world import bases
from myna.engines.world.bases import timbre_of
from myna.speech import embedding
from myna.speech.errors import InvalidRequest
from myna.speech.voices import Timbre

PEOPLE = [base for base in bases.all() if base.name in ("rms", "")]


@pytest.mark.parametrize("base", PEOPLE, ids=lambda base: f"{base.engine}-{base.name}-{base.formant_scale}")
def test_the_timbre_of_a_base_is_its_own(base: bases.Base) -> None:
    traits = embedding.traits(base.embedding)
    own_pitch = 115 * base.formant_scale ** (1 / 0.16)
    person = replace(traits, pitch=tuple(hz * own_pitch / traits.median_pitch for hz in traits.pitch))
    timbre = timbre_of(embedding.embed(person), "en" if base.engine == "flite" else "de")
    if 65 < own_pitch < 350:
        assert (timbre.flite_base or "", timbre.formant_scale) == (base.name, base.formant_scale)
    assert timbre.pitch_hz == pytest.approx(embedding.traits(embedding.embed(person)).median_pitch, rel=0.02)
    assert timbre.pitch_range == pytest.approx(1, abs=0.02)
    assert timbre.rate == pytest.approx(1, abs=0.02)


def test_only_english_starts_from_recordings() -> None:
    vector = PEOPLE[0].embedding
    assert timbre_of(vector, "en-GB").flite_base == PEOPLE[0].name
    assert timbre_of(vector, "fr").flite_base is None


@pytest.mark.parametrize("vector", [[1.0] * 192, [0.0] * 192, [-1.0] * 192, [1e308] * 192, [1e6, -1e6] * 96])
@pytest.mark.parametrize("language", ["en", "de"])
def test_nonsense_has_a_timbre_that_speaks(vector: list[float], language: str) -> None:
    timbre = timbre_of(vector, language)
    assert 60 < timbre.pitch_hz < 365
    assert 0.8 < timbre.formant_scale < 1.3
    assert 0.4 < timbre.pitch_range < 3.1
    assert 0.7 < timbre.rate < 1.3


def test_what_is_no_embedding_has_no_timbre() -> None:
    with pytest.raises(InvalidRequest, match="not 1"):
        timbre_of([1.0], "en")


def test_between_two_sizes_lies_what_lies_between_them() -> None:
    small, large = (bases.traits("espeak", Timbre(110, formant_scale=size)) for size in (1.04, 1.10))
    middle = bases.traits("espeak", Timbre(110, formant_scale=math.sqrt(1.04 * 1.10)))
    mean = [(a + b) / 2 for a, b in zip(small.voiced, large.voiced, strict=True)]
    assert middle.voiced == pytest.approx(mean, abs=0.2)
    for size in (0.2, 5.0):
        assert len(bases.traits("flite", Timbre(110, formant_scale=size, flite_base="awb")).voiced) == 64
