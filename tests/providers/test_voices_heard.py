"""The built-in voices as they come out of the engines."""

from collections.abc import AsyncIterator
from itertools import combinations
from math import hypot

import pytest

from myna.engines.pool import WorkerPool
from myna.engines.protocols import Utterance
from myna.providers.local import catalogue
from myna.speech.languages import primary
from tests.sound import clipped_share, pitch
from tests.voicing import Heard, hear, render, semitones, timbre_distance


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(workers=2)
    await pool.start()
    yield pool
    await pool.aclose()


@pytest.fixture(params=["espeak", "flite"])
async def heard(request, pool) -> list[Heard]:
    if request.param == "flite" and "flite" not in pool.engines:
        pytest.skip(f"no Flite on this machine: {pool.missing['flite']}")
    voices = [voice for voice in catalogue.voices() if request.param == "espeak" or voice.timbre.flite_base]
    return await hear(pool, voices, request.param)


async def test_every_voice_sounds_as_the_catalogue_says_and_unlike_the_others(heard):
    for each in heard:
        assert abs(each.off_pitch) < 1.75, (each.voice.name, each.pitch_hz)
        assert clipped_share(each.sound) < 0.0005, each.voice.name
    men = [each.pitch_hz for each in heard if each.voice.gender == "masculine"]
    women = [each.pitch_hz for each in heard if each.voice.gender == "feminine"]
    assert semitones(min(women), max(men)) > 1

    for one, other in combinations(heard, 2):
        if primary(one.voice.language) == primary(other.voice.language):
            apart = hypot(semitones(one.pitch_hz, other.pitch_hz), timbre_distance(one, other))
            assert apart > 1.6, (one.voice.name, other.voice.name, apart)

    levels = sorted(each.loudness_db for each in heard)
    assert -21 < levels[len(levels) // 2] < -15
    assert levels[-1] - levels[0] < 10
    english = [each.loudness_db for each in heard if primary(each.voice.language) == "en"]
    assert max(english) - min(english) < 7


@pytest.mark.parametrize("name", ["Otis", "Mio"])
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Die Sonne scheint über die alten Dächer."),
        ("zh", "今天天气很好，我们去公园。"),
        ("en", "How are you today?"),
    ],
)
async def test_a_voice_keeps_its_pitch_in_a_foreign_language(pool, name, language, text):
    voice = catalogue.find(name)
    sound = await render(pool, "espeak", Utterance(text, language, voice.timbre))
    assert abs(semitones(pitch(sound), voice.timbre.pitch_hz)) < 1.5
