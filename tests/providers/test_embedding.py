import json
import math
import struct
from itertools import combinations

import pytest
from bench.measured import of_voice, workers

from myna.engines.flite import synthesizer
from myna.providers.local import catalogue
from myna.speech import embedding
from myna.speech.errors import EngineError, InvalidRequest
from myna.speech.voices import EMBEDDING_SIZE


def test_every_voice_has_an_embedding_of_its_own_that_speaks():
    vectors = [voice.embedding for voice in catalogue.voices()]
    assert {len(vector) for vector in vectors} == {EMBEDDING_SIZE}
    assert all(embedding.speakable(vector) == vector for vector in vectors)
    for one, other in combinations(catalogue.voices(), 2):
        assert math.dist(one.embedding, other.embedding) > 0.8, (one.name, other.name)


@pytest.mark.parametrize("voice", catalogue.voices(), ids=lambda voice: voice.name)
def test_an_embedding_says_how_its_voice_sounds(voice):
    traits = embedding.traits(voice.embedding)
    assert abs(12 * math.log2(traits.median_pitch / voice.timbre.pitch_hz)) < 1.0


@pytest.mark.parametrize("names", [("Wren", "Otis"), ("Liesel",), ("Haoran",)])
async def test_the_embeddings_shipped_are_those_of_the_voices(names):
    try:
        synthesizer.find()
    except EngineError as error:
        pytest.skip(f"no Flite on this machine: {error.message}")
    async with workers() as pool:
        for name in names:
            voice = catalogue.find(name)
            fresh = await of_voice(pool, voice.language, voice.timbre)
            assert embedding.similarity(fresh, voice.embedding) > 0.99
            assert math.dist(fresh, voice.embedding) < 0.3


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


@pytest.mark.parametrize(
    "vector",
    [[1.0] * 192, [0.0] * 192, [-1] * 192, [1e308] * 192, [5e-324] * 192],
    ids=lambda vector: str(vector[0]),
)
def test_meaningless_vectors_are_always_nearest_to_the_same_voice(vector):
    assert catalogue.nearest(vector) is catalogue.nearest(tuple(vector))
    assert catalogue.nearest(vector) in catalogue.voices()


def test_a_vector_that_is_no_embedding_is_nearest_to_nothing():
    with pytest.raises(InvalidRequest, match="not 191"):
        catalogue.nearest([0.5] * 191)
