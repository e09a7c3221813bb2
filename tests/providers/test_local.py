"""The local provider: models, engines, voices, and the pools it shares."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest

from myna.providers.local import LocalProvider, catalogue, models
from myna.speech.access import LOCAL
from myna.speech.errors import InvalidRequest, ModelNotFound, NotFound, UsageError, VoiceNotFound
from myna.speech.events import AudioChunk, Done, Failed, SpeechEvent
from myna.speech.requests import SpeechRequest
from myna.speech.voices import VoiceChoice
from tests.providers.pools import TonePool

ENGLISH = "Wren"


async def spoken(provider: LocalProvider, voice: str = ENGLISH, **options: str) -> SpeechEvent:
    """The last event of a few words."""
    speech = provider.speak(SpeechRequest(voice=VoiceChoice(voice), **options))  # type: ignore[arg-type]
    speech.push("Hello there.")
    speech.finish()
    async with asyncio.timeout(20):
        return [event async for event in speech.events()][-1]


@pytest.mark.parametrize(
    "model",
    [
        "sonic-latest",
        "sonic-3.5",
        "sonic-3.5-2026-05-04",
        "sonic-3",
        "sonic-3-2026-01-12",
        "sonic-3-2025-10-27",
        "sonic-3-latest",
        "sonic-3.6",
        "sonic-2",
        "sonic-2-2025-06-11",
        "sonic-2-2025-03-07",
        "sonic-turbo",
        "sonic-turbo-2025-03-07",
        "sonic",
        "sonic-2024-12-12",
        "sonic-preview",
        "sonic-english",
        "sonic-multilingual",
        "upbeat-moon",
        "Sonic-3 ",
    ],
)
def test_models_of_the_wire_leave_the_choice(model: str) -> None:
    assert models.engine_of(model) is None


def test_models_that_name_an_engine_force_it() -> None:
    assert (models.engine_of("espeak"), models.engine_of("FLITE")) == ("espeak", "flite")


@pytest.mark.parametrize(
    "model", ["", "sonic-9", "gpt", "sonic-3-2026-13-40", "espeak-2024-01-01", "../flite"]
)
def test_other_models_are_not_found(model: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ModelNotFound, match="sonic-latest"):
        models.engine_of(model)
    assert models.engine_of(model, any_model=True) is None
    assert "stand in" in caplog.text


@pytest.mark.parametrize(
    ("voice", "options", "engine"),
    [
        (ENGLISH, {}, "flite"),
        (ENGLISH, {"model": "espeak"}, "espeak"),
        (ENGLISH, {"language": "en-GB"}, "flite"),
        (ENGLISH, {"language": "de"}, "espeak"),
        (ENGLISH, {"language": "zh"}, "espeak"),
    ],
)
async def test_the_engine_that_speaks(voice: str, options: dict[str, str], engine: str) -> None:
    pool = TonePool()
    assert await spoken(LocalProvider(pool=pool), voice, **options) == Done()
    assert [name for name, _ in pool.said] == [engine]
    assert pool.said[0][1].timbre == catalogue.find(voice).timbre


@pytest.mark.parametrize(
    ("voice", "asked", "spoken"),
    [
        ("British", "en", "en-GB"),
        ("British", "en-US", "en-US"),
        ("British", None, "en-GB"),
        ("British", "de", "de"),
        ("Wren", "en", "en-US"),
    ],
)
async def test_a_language_without_a_region_is_spoken_as_the_voice_is_used_to(
    voice: str, asked: str | None, spoken: str
) -> None:
    british = next(each for each in catalogue.voices() if each.language == "en-GB")
    pool = TonePool()
    provider = LocalProvider(pool=pool)
    speech = provider.speak(
        SpeechRequest(voice=british if voice == "British" else VoiceChoice(voice), language=asked)
    )
    speech.push("Hello.")
    speech.finish()
    assert [event async for event in speech.events()][-1] == Done()
    assert pool.said[0][1].language == spoken


async def test_english_is_spoken_by_espeak_where_flite_is_missing() -> None:
    pool = TonePool(engines=frozenset({"espeak"}))
    assert await spoken(LocalProvider(pool=pool)) == Done()
    assert pool.said[0][0] == "espeak"


async def test_a_voice_without_a_flite_realisation_speaks_english_on_espeak() -> None:
    pool = TonePool()
    provider = LocalProvider(pool=pool)
    foreign = next(voice for voice in catalogue.voices() if voice.timbre.flite_base is None)
    await spoken(provider, foreign.id, language="en")
    assert pool.said[0][0] == "espeak"


async def test_flite_cannot_be_forced_on_other_languages_or_machines() -> None:
    with pytest.raises(InvalidRequest, match="only English"):
        await spoken(LocalProvider(pool=TonePool()), model="flite", language="fr")
    without = LocalProvider(pool=TonePool(engines=frozenset({"espeak"})))
    with pytest.raises(InvalidRequest, match="libflite1"):
        await spoken(without, model="flite")
    unknown_yet = TonePool(engines=frozenset())
    failed = await spoken(LocalProvider(pool=unknown_yet), model="flite")
    assert isinstance(failed, Failed)
    assert "libflite1" in failed.error.message


async def test_what_is_refused_at_once() -> None:
    provider = LocalProvider(pool=TonePool())
    with pytest.raises(ModelNotFound):
        await spoken(provider, model="sonic-9")
    with pytest.raises(InvalidRequest, match="does not speak"):
        await spoken(provider, language="xx")
    with pytest.raises(InvalidRequest, match="language tag"):
        await spoken(provider, normalization="by the book")


def test_capabilities_tell_the_truth() -> None:
    provider = LocalProvider(pool=TonePool())
    assert provider.capabilities("sonic-3", "de").speaks
    assert provider.capabilities("sonic-3", "ja").word_timestamps
    assert provider.capabilities("flite", "en-AU").speaks
    assert not provider.capabilities("flite", "de").speaks
    assert not provider.capabilities("sonic-9", "en").speaks
    assert not provider.capabilities("sonic-3", "xx").speaks
    assert not provider.capabilities("sonic-3", "not a tag").speaks
    assert LocalProvider(any_model=True).capabilities("sonic-9", "en").speaks
    without = LocalProvider(pool=TonePool(engines=frozenset({"espeak"})))
    assert not without.capabilities("flite", "en").speaks


async def test_voices_by_id_alias_name_and_embedding() -> None:
    voices = LocalProvider().voices
    wren = await voices.find(VoiceChoice("wren"), LOCAL)
    for id in (wren.id.upper(), wren.aliases[0]):
        assert await voices.find(VoiceChoice(id), LOCAL) == wren
    assert await voices.find(VoiceChoice(embedding=wren.embedding), LOCAL) == wren
    listed = [voice async for voice in voices.all(LOCAL)]
    assert listed[0].created_at >= listed[-1].created_at
    with pytest.raises(VoiceNotFound):
        await voices.find(VoiceChoice("nobody"), LOCAL)
    with pytest.raises(InvalidRequest):
        await voices.find(VoiceChoice(embedding=(1.0,)), LOCAL)


async def test_what_cannot_be_found_fails_the_speech() -> None:
    provider = LocalProvider(pool=TonePool())
    failed = await spoken(provider, "nobody")
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, VoiceNotFound)
    failed = await spoken(provider, pronunciation_dict_id="pdict_1")
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, NotFound)


async def test_closing_ends_all_streams_and_leaves_a_given_pool_alone() -> None:
    pool = TonePool(stalls=frozenset({"stuck"}))
    provider = LocalProvider(pool=pool)
    speech = provider.speak(SpeechRequest(voice=VoiceChoice(ENGLISH)))
    speech.push("I am stuck.")
    speech.finish()

    async def listen() -> list[SpeechEvent]:
        return [event async for event in speech.events()]

    listening = asyncio.create_task(listen())
    await pool.stalled.wait()
    await provider.aclose()
    await provider.aclose()
    assert (await listening)[-1] == Done()
    assert pool.speaking == 0
    assert not pool.closed
    with pytest.raises(UsageError):
        provider.speak(SpeechRequest(voice=VoiceChoice(ENGLISH)))
    with pytest.raises(UsageError):
        await provider.start()


@pytest.mark.usefixtures("no_leaks")
def test_providers_share_one_pool_until_the_last_is_closed() -> None:
    async def share() -> None:
        one, other = LocalProvider(), LocalProvider()
        await one.start()
        await one.start()
        assert isinstance(await spoken(other, model="espeak"), Done)
        assert one.pool is other.pool
        await one.aclose()
        assert isinstance(await spoken(other, model="espeak"), Done)
        await other.aclose()

    asyncio.run(share())


OUTLIVING = """
import asyncio
from myna.providers.local import LocalProvider
from myna.speech.events import Done
from myna.speech.requests import SpeechRequest
from myna.speech.voices import VoiceChoice

provider = LocalProvider()

async def speak():
    speech = provider.speak(SpeechRequest(voice=VoiceChoice("Wren"), model="espeak"))
    speech.push("Hello there.")
    speech.finish()
    print([event async for event in speech.events()][-1])

asyncio.run(speak())
asyncio.run(speak())
"""


def test_a_provider_outlives_its_event_loop() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OUTLIVING], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.splitlines() == ["Done()"] * 2


@pytest.mark.usefixtures("no_leaks")
def test_workers_of_its_own_end_with_the_provider() -> None:
    async def alone() -> None:
        provider = LocalProvider(workers=1)
        assert isinstance(await spoken(provider, model="espeak"), Done)
        await provider.aclose()

    asyncio.run(alone())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_gets_a_pool_of_its_own() -> None:
    provider = LocalProvider()

    async def speak() -> bool:
        return isinstance(await spoken(provider, model="espeak"), Done)

    with asyncio.Runner() as runner:
        assert runner.run(speak())
        child = os.fork()
        if child == 0:
            failed = 1
            try:
                inherited = provider.pool
                failed = 0 if asyncio.run(speak()) and provider.pool is not inherited else 1
                asyncio.run(provider.aclose())
            finally:
                os._exit(failed)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert runner.run(speak())
        runner.run(provider.aclose())


async def test_engines_speak() -> None:
    provider = LocalProvider(workers=1)
    try:
        speech = provider.speak(SpeechRequest(voice=VoiceChoice(ENGLISH)))
        speech.push("Hello there, this is a sentence.")
        speech.finish()
        async with asyncio.timeout(30):
            events = [event async for event in speech.events()]
        chunks = [event for event in events if isinstance(event, AudioChunk)]
        seconds = sum(len(chunk.samples) / chunk.sample_rate for chunk in chunks)
        assert 1.0 < seconds < 6.0
    finally:
        await provider.aclose()
