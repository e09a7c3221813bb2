"""Emotions as they come out of the engines: measured pitch, melody, tempo and level."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from myna.providers.local import LocalProvider, catalogue
from myna.speech.requests import Delivery
from tests.sound import Sound, melody, pitch
from tests.voicing import loudness, semitones, speak

TEXT = "We walked along the river yesterday, and nobody knew what would happen to the old house."


@dataclass(frozen=True)
class Manner:
    """Measures of a reading."""

    pitch: float
    melody: float
    seconds: float
    level: float


def manner(sound: Sound) -> Manner:
    return Manner(pitch(sound), melody(sound), sound.duration, loudness(sound))


@pytest.fixture(
    params=[("espeak", "Wren"), ("espeak", "Calloway"), ("flite", "Wren"), ("flite", "Calloway")],
    ids="-".join,
)
async def say(request) -> AsyncIterator:
    model, name = request.param
    provider = LocalProvider(workers=1)
    await provider.start()
    try:
        if model not in provider.pool.engines:
            pytest.skip(f"no {model} here")

        async def say(emotion: str | None, level: float = 1.0) -> Manner:
            delivery = Delivery(emotion=emotion, emotion_level=level)
            return manner(await speak(provider, model, catalogue.find(name), TEXT, delivery))

        yield say
    finally:
        await provider.aclose()


async def test_the_primary_emotions_are_heard(say):
    neutral = await say("neutral")
    angry, excited, content, sad, scared = [
        await say(name) for name in ("angry", "excited", "content", "sad", "scared")
    ]

    def higher(one: Manner) -> float:
        return semitones(one.pitch, neutral.pitch)

    assert 0.8 < higher(angry) < 3.5
    assert angry.level - neutral.level > 2.0
    assert angry.melody > neutral.melody * 1.15
    assert angry.seconds < neutral.seconds * 0.96

    assert 2.0 < higher(excited) < 5.0
    assert excited.melody > neutral.melody * 1.2
    assert excited.seconds < neutral.seconds * 0.92
    assert excited.level > neutral.level + 0.7

    assert -2.5 < higher(content) < -0.2
    assert content.melody < neutral.melody * 0.95
    assert content.seconds > neutral.seconds * 1.03
    assert content.level < neutral.level - 0.7

    assert -4.0 < higher(sad) < -1.2
    assert sad.melody < neutral.melody * 0.8
    assert sad.seconds > neutral.seconds * 1.12
    assert sad.level < neutral.level - 1.7

    assert 3.5 < higher(scared) < 6.5
    assert scared.melody < excited.melody * 0.8
    assert scared.seconds < neutral.seconds * 0.88

    lows, highs = [sad, content], [angry, excited, scared]
    assert max(each.pitch for each in lows) < neutral.pitch < min(each.pitch for each in highs)


async def test_level_makes_an_emotion_weaker_and_stronger(say):
    plain, weak, usual, strong = [await say("sad", level) for level in (0.0, 0.5, 1.0, 1.5)]
    assert plain.pitch > weak.pitch > usual.pitch > strong.pitch
    assert plain.seconds < weak.seconds < usual.seconds < strong.seconds
    assert plain.level > weak.level > usual.level > strong.level


async def test_an_unknown_emotion_is_neutral(say):
    one, other = await say("perplexed by bees"), await say(None)
    assert one.pitch == pytest.approx(other.pitch, rel=0.01)
    assert one.seconds == pytest.approx(other.seconds, rel=0.01)
