import json
import math
import struct
from dataclasses import replace
from hashlib import sha256
from itertools import combinations

import pytest

from myna.providers.local import catalogue, embedding
from myna.speech.errors import InvalidRequest
from myna.speech.voices import EMBEDDING_SIZE, Timbre


def test_every_voice_has_an_embedding_of_its_own_with_numbers_in_range():
    vectors = [voice.embedding for voice in catalogue.voices()]
    assert {len(vector) for vector in vectors} == {EMBEDDING_SIZE}
    assert len(set(vectors)) == len(vectors)
    assert all(-1.0 <= number <= 1.0 for vector in vectors for number in vector)


def test_any_two_voices_differ_by_more_than_rounding():
    for one, other in combinations(catalogue.voices(), 2):
        assert math.dist(one.embedding, other.embedding) > 0.05, (one.name, other.name)


def test_the_layout_is_the_same_on_every_machine_and_in_every_release():
    vector = embedding.embed(Timbre(120.0, 1.1, 1.05, -0.5, 0.95), "en-GB", "somebody")
    written = json.dumps(vector)
    assert json.loads(written) == list(vector)
    assert sha256(written.encode()).hexdigest()[:16] == "8249141e3f5dd725"


@pytest.mark.parametrize("voice", catalogue.voices(), ids=lambda voice: voice.name)
def test_an_exact_or_rounded_vector_finds_its_voice(voice):
    single = struct.unpack("192f", struct.pack("192f", *voice.embedding))
    half = struct.unpack("192e", struct.pack("192e", *voice.embedding))
    assert catalogue.nearest(voice.embedding) is voice
    assert catalogue.nearest(json.loads(json.dumps(single))) is voice
    assert catalogue.nearest(half) is voice


@pytest.mark.parametrize("name", ["Otis", "June", "Haoran"])
def test_a_disturbed_or_rescaled_vector_is_nearest_to_its_voice(name):
    voice = catalogue.find(name)
    disturbed = [number + 0.02 * math.sin(7 * i) for i, number in enumerate(voice.embedding)]
    assert catalogue.nearest(disturbed) is voice
    assert catalogue.nearest([0.01 * number for number in voice.embedding]) is voice


def test_a_mix_speaks_as_its_heaviest_part():
    low, high = catalogue.find("Otis"), catalogue.find("Mio")
    for weight, expected in ((0.8, low), (0.2, high)):
        mixed = [weight * a + (1 - weight) * b for a, b in zip(low.embedding, high.embedding, strict=True)]
        assert catalogue.nearest(mixed) is expected


@pytest.mark.parametrize(
    "vector",
    [[1.0] * 192, [0.0] * 192, [-1] * 192, [1e308] * 192, [5e-324] * 192],
    ids=lambda vector: str(vector[0]),
)
def test_meaningless_vectors_still_speak_and_always_as_the_same_voice(vector):
    assert catalogue.nearest(vector) is catalogue.nearest(tuple(vector))
    assert catalogue.nearest(vector) in catalogue.voices()


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
def test_vectors_that_are_no_embedding_are_refused_with_a_reason(vector, why):
    with pytest.raises(InvalidRequest, match=why):
        catalogue.nearest(vector)


def test_voices_that_sound_alike_lie_closer_than_voices_that_do_not():
    timbre = catalogue.find("Calloway").timbre

    def vector(**changes):
        return embedding.embed(replace(timbre, **changes), "en-US", "x")

    near = embedding.similarity(vector(), vector(pitch_hz=112))
    far = embedding.similarity(vector(), vector(pitch_hz=220))
    smaller = embedding.similarity(vector(), vector(formant_scale=1.2))
    assert far < near < 1
    assert smaller < 0.99
    assert embedding.similarity(vector(), vector(brightness=3.0)) < 1
    assert embedding.similarity(vector(), vector(rate=1.3)) < 1
    assert embedding.similarity(vector(), vector()) == pytest.approx(1)
