import json
import math
import struct
from itertools import combinations

import pytest
from bench.measured import of_voice, workers

from myna.engines.flite import synthesizer
from myna.providers.local import catalogue
from myna.speech import embedding
from myna.speech.errors import EngineError
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
def test_an_exact_vector_is_its_voice_and_another_is_not(voice):
    single = struct.unpack("192f", struct.pack("192f", *voice.embedding))
    assert catalogue.described(voice.embedding) is voice
    assert catalogue.described(json.loads(json.dumps(single))) is voice
    assert catalogue.described([voice.embedding[0] + 0.001, *voice.embedding[1:]]) is None


def test_a_disturbed_vector_is_most_like_its_voice():
    for voice in catalogue.voices():
        disturbed = [number + 0.02 * math.sin(7 * i) for i, number in enumerate(voice.embedding)]
        nearest = max(catalogue.voices(), key=lambda v: embedding.similarity(v.embedding, disturbed))
        assert nearest is voice
