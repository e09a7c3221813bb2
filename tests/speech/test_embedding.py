from __future__ import annotations

import itertools
import json
import math
import random
import struct
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myna.speech import embedding
from myna.speech.errors import InvalidRequest
from myna.speech.voices import EMBEDDING_SIZE

SIZE = EMBEDDING_SIZE
AVERAGE = embedding.traits([0.0] * SIZE)
odd = st.sampled_from([0.0, -0.0, 5e-324, 0.35, 0.00005, 1.5, -1.5, 1e6, -1e308, 1.7e308])


@st.composite
def anything(draw: st.DrawFn) -> list[float]:
    """Noise of any size around anything, with a few odd numbers in it."""
    source = random.Random(draw(st.integers(0, 2**32)))
    middle, spread = draw(st.floats(-2, 2)), draw(st.sampled_from([0.0, 0.01, 0.3, 1.0, 1e5]))
    numbers = [source.gauss(middle, spread) for _ in range(SIZE)]
    for place, number in draw(st.lists(st.tuples(st.integers(0, SIZE - 1), odd), max_size=5)):
        numbers[place] = number
    return numbers


vectors = anything()
voices = vectors.map(embedding.speakable)
weights = st.floats(0.5, 1e6)


def test_the_average_voice_is_all_zeros() -> None:
    assert AVERAGE.median_pitch == pytest.approx(150)
    assert [len(getattr(AVERAGE, field.name)) for field in fields(AVERAGE)] == [
        16,
        8,
        64,
        32,
        32,
        16,
        8,
        8,
        8,
    ]
    assert AVERAGE.voiced[5] > AVERAGE.voiced[30] > AVERAGE.voiced[60]
    assert math.fsum(AVERAGE.voiced) == pytest.approx(0, abs=1e-9)
    assert embedding.embed(AVERAGE) == (0.0,) * SIZE


@given(voices)
def test_what_a_speakable_voice_says_is_what_it_is(voice: tuple[float, ...]) -> None:
    written = embedding.embed(embedding.traits(voice))
    assert max(abs(a - b) for a, b in zip(voice, written, strict=True)) <= 2e-4


@given(vectors)
def test_whatever_is_sent_is_speakable(vector: list[float]) -> None:
    voice = embedding.speakable(vector)
    assert embedding.speakable(voice) == voice
    traits = embedding.traits(vector)
    assert 64 < traits.median_pitch < 351
    assert list(traits.pitch) == sorted(traits.pitch)
    assert 32 < traits.pitch[0] <= traits.pitch[-1] < 701
    assert max(traits.voiced) - min(traits.voiced) < 120
    for one, other in itertools.pairwise(voice[24:88]):
        assert abs(one - other) < 0.35001
    assert all(map(math.isfinite, voice))
    assert all(value > 0 for value in (*traits.movement, *traits.articulation, traits.tempo[0]))


@given(vectors)
def test_vectors_survive_json_single_precision_and_files(vector: list[float]) -> None:
    voice = embedding.speakable(vector)
    assert embedding.key(json.loads(json.dumps(voice))) == voice
    assert embedding.key(struct.unpack(f"{SIZE}f", struct.pack(f"{SIZE}f", *voice))) == voice
    assert embedding.unpacked(embedding.packed(voice)) == voice


@pytest.mark.parametrize("text", ["", "x", "AAAA", "A" * 512 + "AAAA", "é" * 512])
def test_what_was_not_packed_is_not_unpacked(text: str) -> None:
    with pytest.raises(ValueError, match="no packed embedding"):
        embedding.unpacked(text)


@given(voices, voices, st.floats(0.01, 0.99))
def test_a_mix_lies_between_its_parts(one: tuple[float, ...], other: tuple[float, ...], share: float) -> None:
    mixed = embedding.mix([(one, share), (other, 1 - share)])
    for a, b, m in zip(one, other, mixed, strict=True):
        assert min(a, b) - 1e-4 <= m <= max(a, b) + 1e-4
        assert m == pytest.approx(share * a + (1 - share) * b, abs=2e-4)
    assert embedding.speakable(mixed) == pytest.approx(mixed, abs=2e-4)


def test_half_of_two_voices_has_the_pitch_between_them_for_the_ear() -> None:
    low, high = (replace(AVERAGE, pitch=tuple(hz * f for hz in AVERAGE.pitch)) for f in (2 / 3, 3 / 2))
    mixed = embedding.traits(embedding.mix([(embedding.embed(low), 1.0), (embedding.embed(high), 1.0)]))
    assert mixed.median_pitch == pytest.approx(150, rel=1e-3)


@given(st.lists(st.tuples(voices, weights), min_size=1, max_size=4), st.sampled_from([0.01, 3.0, 1e100]))
def test_only_the_relation_of_weights_counts(
    parts: list[tuple[tuple[float, ...], float]], factor: float
) -> None:
    parts = [(vector, weight + 0.5) for vector, weight in parts]
    scaled = [(vector, weight * factor) for vector, weight in parts]
    assert embedding.mix(scaled) == pytest.approx(embedding.mix(parts), abs=2e-4)


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [([0.5] * SIZE, 0.0)],
        [([0.5] * SIZE, 1.0), ([0.1] * SIZE, -1.0)],
        [([0.5] * SIZE, math.nan)],
        [([0.5] * SIZE, math.inf), ([0.5] * SIZE, 1.0)],
        [([0.5] * (SIZE - 1), 1.0)],
    ],
)
def test_what_cannot_be_mixed_is_refused(parts: list[tuple[list[float], float]]) -> None:
    with pytest.raises(InvalidRequest):
        embedding.mix(parts)


@pytest.mark.parametrize(
    ("vector", "why"),
    [
        ([0.5] * 191, "192 numbers, not 191"),
        ([], "192 numbers, not 0"),
        ([math.nan] + [0.5] * 191, "NaN"),
        ([0.5] * 191 + [math.inf], "infinity"),
        (["loud"] * 192, "numbers only"),
        ([None] * 192, "numbers only"),
        ([10**400] * 192, "numbers only"),
    ],
)
def test_vectors_that_are_no_embedding_are_refused_with_a_reason(vector: list[float], why: str) -> None:
    for reader in (embedding.checked, embedding.speakable, embedding.traits):
        with pytest.raises(InvalidRequest, match=why):
            reader(vector)


@given(vectors, vectors)
def test_likeness_is_the_cosine(one: list[float], other: list[float]) -> None:
    likeness = embedding.similarity(one, other)
    assert -1.000001 <= likeness <= 1.000001
    assert likeness == pytest.approx(embedding.similarity(other, one), abs=1e-9)


def test_voices_that_sound_alike_are_more_alike_than_voices_that_do_not() -> None:
    def voice(pitch: float, tilt: float) -> tuple[float, ...]:
        voiced = tuple(level + tilt * (place / 32 - 1) for place, level in enumerate(AVERAGE.voiced))
        return embedding.embed(
            replace(AVERAGE, pitch=tuple(hz * pitch for hz in AVERAGE.pitch), voiced=voiced)
        )

    man = voice(0.7, 6)
    assert embedding.similarity(man, man) == pytest.approx(1)
    assert 1 > embedding.similarity(man, voice(0.75, 5)) > embedding.similarity(man, voice(1.4, 6)) + 0.5
    assert embedding.similarity(man, voice(0.7, -6)) < 0.9
    assert embedding.similarity(man, [0.0] * SIZE) == 0.0
