"""One stream of speech over an engine that makes tones: what is asked of it, and what comes out when."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from myna.providers.local import catalogue
from myna.providers.local.outbox import LARGEST, ROOM
from myna.providers.local.pools import Pool
from myna.providers.local.role import Role
from myna.providers.local.speaking import MOST_WAITING, Speaking
from myna.speech.access import Caller
from myna.speech.errors import EngineCrashed, EngineError, InvalidRequest, UsageError
from myna.speech.events import AudioChunk, Done, Failed, Flushed, PhonemeTimes, SpeechEvent, WordTimes
from myna.speech.requests import Delivery, SpeechRequest
from myna.speech.voices import Voice
from tests.providers.pools import TonePool

pytestmark = pytest.mark.usefixtures("no_tasks_left")


def request(**options: object) -> SpeechRequest:
    voice = catalogue.find("Wren")
    asked = SpeechRequest(voice=voice, model="espeak", language="en")
    return replace(asked, **options)  # type: ignore[arg-type]


def speaking(pool: TonePool, **options: object) -> Speaking:
    asked = request(**options)

    async def ready(role: Role) -> tuple[Pool, str]:
        return pool, "espeak"

    return Speaking(asked, role_of(asked), ready)


def role_of(asked: SpeechRequest) -> Role:
    assert isinstance(asked.voice, Voice)
    return Role(asked.voice, asked.language or asked.voice.language)


async def heard(speech: Speaking) -> list[SpeechEvent]:
    async with asyncio.timeout(20):
        return [event async for event in speech.events()]


async def said(text: str, pool: TonePool | None = None, **options: object) -> list[SpeechEvent]:
    speech = speaking(pool or TonePool(), **options)
    speech.push(text)
    speech.finish()
    return await heard(speech)


def samples(events: list[SpeechEvent]) -> np.ndarray:
    chunks = [event.samples for event in events if isinstance(event, AudioChunk)]
    return np.concatenate(chunks) if chunks else np.zeros(0, np.float32)


def words(events: list[SpeechEvent]) -> list[tuple[str, float, float]]:
    times = [event for event in events if isinstance(event, WordTimes)]
    return [word for event in times for word in zip(event.words, event.start, event.end, strict=True)]


async def test_a_text_is_spoken_whole_and_ends_in_done() -> None:
    events = await said("Hello there.")
    assert len(samples(events)) == 22050 // 20 * len("Hellothere.")
    assert events[-1] == Done()
    chunks = [event for event in events if isinstance(event, AudioChunk)]
    assert chunks[0].samples.dtype == np.float32
    assert np.max(np.abs(samples(events))) == pytest.approx(0.5, abs=0.01)
    for before, after in pairwise(chunks):
        assert after.start == pytest.approx(before.start + len(before.samples) / before.sample_rate)


async def test_nothing_is_asked_for_before_someone_listens() -> None:
    pool = TonePool()
    speech = speaking(pool)
    speech.push("Hello there.")
    speech.finish()
    await asyncio.sleep(0.01)
    assert pool.said == []
    await heard(speech)


@pytest.mark.parametrize("text", ["", "   ", "...", '<emotion value="sad"/>', "[laughter] <pause>", "?!"])
async def test_text_without_sound_is_silent(text: str) -> None:
    pool = TonePool()
    events = await said(text, pool)
    assert events == [Done()]
    assert pool.said == []


async def test_words_joined_give_the_text_without_its_markup() -> None:
    text = (
        'So, <speed ratio="1.2"/>I paid $3.50 — "not much" — on <break time="200ms"/>May 5, 2024. [laughter] '
        "<spell>AB-12</spell>, said <<dʒ|ɒ|n>>! " * 6
    )
    events = await said(text, word_timestamps=True)
    plain = 'So, I paid $3.50 — "not much" — on May 5, 2024. AB-12, said dʒɒn! ' * 6
    assert " ".join(word for word, _, _ in words(events)).split() == plain.split()
    for (_, start, end), (_, later, later_end) in pairwise(words(events)):
        assert 0.0 <= start <= end
        assert start <= later
        assert end <= later_end
    assert words(events)[-1][2] <= len(samples(events)) / 22050 + 1e-4


async def test_times_go_on_over_segments_and_pauses() -> None:
    events = await said("One two. <break time='1.5s'/>Three.", word_timestamps=True)
    two, three = words(events)[1], words(events)[2]
    assert three[1] - two[2] == pytest.approx(1.5, abs=1e-3)
    assert [type(event) for event in events if not isinstance(event, AudioChunk)] == [
        WordTimes,
        WordTimes,
        Done,
    ]


async def test_normalized_words_are_those_that_are_spoken() -> None:
    events = await said("I have 21 cats.", word_timestamps=True, normalized_timestamps=True)
    assert [word for word, _, _ in words(events)] == ["I", "have", "twenty", "one", "cats."]
    events = await said("I have 21 cats.", word_timestamps=True)
    assert [word for word, _, _ in words(events)] == ["I", "have", "21", "cats."]


async def test_normalization_can_be_off() -> None:
    pool = TonePool()
    await said("I have 21 cats.", pool, normalization="off")
    assert pool.said[0][1].text == "I have 21 cats."


@pytest.mark.parametrize(
    ("language", "text", "word"),
    [
        ("zh", "你好，我有 iPhone 15 Pro。今天天气很好！", "iPhone "),
        ("ja", "「こんにちは」、3.14は世界。", "3.14"),
        ("th", "สวัสดีครับ วันนี้อากาศดีมาก", "นี้"),
    ],
)
async def test_words_of_scripts_without_spaces_join_to_the_text(language: str, text: str, word: str) -> None:
    events = await said(text * 4, word_timestamps=True, language=language)
    assert "".join(word for word, _, _ in words(events)) == text * 4
    assert word in [word for word, _, _ in words(events)]


async def test_phonemes_have_times() -> None:
    events = await said("Hello there.", phoneme_timestamps=True)
    times = [event for event in events if isinstance(event, PhonemeTimes)]
    assert [event.phonemes for event in times] == [("a", "a")]


async def test_a_pause_is_silence_to_the_sample() -> None:
    audio = samples(await said('Hi<break time="1s"/>'))
    speech = 22050 // 20 * 2
    assert len(audio) == speech + 22050
    assert not audio[speech:].any()


async def test_a_pause_before_the_first_word() -> None:
    events = await said('<break time="0.5s"/>Hi', word_timestamps=True)
    audio = samples(events)
    assert not audio[: 22050 // 2].any()
    assert audio[22050 // 2 :].any()
    assert words(events)[0][1] == pytest.approx(0.5)


async def test_a_pause_alone() -> None:
    assert len(samples(await said('<break time="2s"/>'))) == 2 * 22050


@pytest.mark.parametrize("duration", [0.0, 0.5, 1.0, 100.0])
async def test_duration_cuts_to_the_sample(duration: float) -> None:
    pool = TonePool()
    events = await said(
        "Several words that take their time. " * 5, pool, duration=duration, word_timestamps=True
    )
    whole = samples(await said("Several words that take their time. " * 5))
    assert len(samples(events)) == min(round(duration * 22050), len(whole))
    assert events[-1] == Done()
    assert pool.speaking == 0
    if 0 < duration < 100:
        assert pool.aborted == 1
        assert abs(samples(events)[-1]) < 0.01
        assert all(start < end <= duration for _, start, end in words(events))


async def test_duration_cuts_a_pause() -> None:
    events = await said('Hi <break time="5s"/> there', duration=1.0)
    assert len(samples(events)) == 22050


async def test_delivery_markup_and_emotion_combine() -> None:
    pool = TonePool()
    await said(
        'One <speed ratio="1.5"/><volume ratio="2.0"/>two <emotion value="angry"/>three.',
        pool,
        delivery=Delivery(speed=1.2, volume=0.5),
    )
    one, two, three = (utterance for _, utterance in pool.said)
    assert one.speed == pytest.approx(1.2)
    assert two.speed == pytest.approx(1.8)
    assert three.speed != two.speed
    assert three.pitch != 1.0 or three.pitch_range != 1.0
    assert one.continues and two.continued and two.continues and three.continued


async def test_volume_is_left_to_the_door() -> None:
    events = await said('Low <volume ratio="2.0"/>high', delivery=Delivery(volume=0.5))
    chunks = [event for event in events if isinstance(event, AudioChunk)]
    assert [chunk.gain for chunk in chunks] == [0.5, 1.0]


async def test_factors_stay_within_what_engines_accept() -> None:
    pool = TonePool()
    await said(
        '<speed ratio="1.5"/>Fast.', pool, delivery=Delivery(speed=9.0, emotion="excited", emotion_level=2)
    )
    assert pool.said[0][1].speed == 4.0


async def test_delivery_of_a_later_push_holds_from_there() -> None:
    pool = TonePool()
    speech = speaking(pool)
    speech.push("Slow one. ")
    speech.push("Fast one. ", Delivery(speed=1.5))
    speech.push("Still fast. ", Delivery(speed=1.5))
    speech.finish()
    await heard(speech)
    assert [(utterance.text, utterance.speed) for _, utterance in pool.said] == [
        ("Slow one.", 1.0),
        ("Fast one. Still fast.", 1.5),
    ]


async def test_spelled_and_pronounced_words_reach_the_engine() -> None:
    pool = TonePool()
    await said("It costs $5: <spell>A 12</spell> or <<k|æ|t>>.", pool)
    (_, utterance), *_ = pool.said
    assert utterance.text == "It costs five dollars: A 12 or kæt."
    assert [utterance.text[start:end] for start, end in utterance.spelled] == ["A 12"]
    assert [(utterance.text[span.start : span.end], span.ipa) for span in utterance.phonemes] == [
        ("kæt", "kæt")
    ]


async def test_control_characters_and_halves_of_characters_never_get_out() -> None:
    pool = TonePool()
    events = await said("A\x00b \ud800 c\x1bd.", pool, word_timestamps=True)
    assert pool.said[0][1].text.isprintable()
    assert [word for word, _, _ in words(events)] == ["A", "b", "c", "d."]


async def test_flushes_are_reported_in_their_places() -> None:
    speech = speaking(TonePool())
    speech.push("One")
    speech.flush()
    speech.flush()
    speech.push("Two")
    speech.finish()
    events = await heard(speech)
    kinds = [event for event in events if not isinstance(event, AudioChunk)]
    assert kinds == [Flushed(0), Flushed(1), Done()]
    assert isinstance(events[0], AudioChunk)
    assert isinstance(events[-2], AudioChunk)


async def test_a_tag_that_a_flush_parts_stays_whole() -> None:
    pool = TonePool()
    speech = speaking(pool)
    speech.push("One <bre")
    speech.flush()
    speech.push('ak time="1s"/>two <b')
    speech.flush()
    speech.finish()
    events = await heard(speech)
    assert [utterance.text for _, utterance in pool.said] == ["One", "two less than b"]
    assert [event for event in events if isinstance(event, Flushed)] == [Flushed(0), Flushed(1)]


async def test_a_flush_does_not_wait_for_more() -> None:
    speech = speaking(TonePool())
    async with asyncio.timeout(20), aclosing(speech.events()) as events:
        speech.push("unfini")
        speech.flush()
        assert isinstance(await anext(events), AudioChunk)
        assert await anext(events) == Flushed(0)


async def test_text_that_stops_coming_is_spoken_after_its_delay() -> None:
    pool = TonePool()
    speech = speaking(pool, max_buffer_delay_ms=50)
    async with asyncio.timeout(20), aclosing(speech.events()) as events:
        speech.push("Only two ")
        assert isinstance(await anext(events), AudioChunk)
        assert pool.said[0][1].continues


async def test_tokens_are_spoken_as_whole_words_in_order() -> None:
    pool = TonePool()
    speech = speaking(pool, word_timestamps=True)
    text = "The harbour was quiet that morning, and a thin mist lay over the wa<break time='1s'/>ter. " * 3

    async def send() -> None:
        for at in range(0, len(text), 3):
            speech.push(text[at : at + 3])
            await asyncio.sleep(0.0005)
        speech.finish()

    sending = asyncio.create_task(send())
    events = await heard(speech)
    await sending
    assert [word for word, _, _ in words(events)] == text.replace("<break time='1s'/>", " ").split()
    assert pool.most_speaking == 1


async def test_cancel_frees_the_engine_at_once_and_ends_in_done() -> None:
    pool = TonePool(stalls=frozenset({"stuck"}))
    speech = speaking(pool)
    speech.push("I am stuck here.")
    speech.finish()
    async with asyncio.timeout(20):
        reading = asyncio.create_task(heard(speech))
        await pool.stalled.wait()
        speech.cancel()
        assert (await reading)[-1] == Done()
    assert pool.speaking == 0
    assert pool.aborted == 1


async def test_cancel_before_listening() -> None:
    pool = TonePool()
    speech = speaking(pool)
    speech.push("Hello.")
    speech.cancel()
    speech.cancel()
    speech.push("ignored")
    assert await heard(speech) == [Done()]
    assert pool.said == []


async def test_closing_the_events_early_cancels() -> None:
    pool = TonePool()
    for _ in range(50):
        speech = speaking(pool)
        speech.push("A long text. " * 100)
        speech.finish()
        async with aclosing(speech.events()) as events:
            await anext(events)
        assert pool.speaking == 0


async def test_a_listener_that_is_cancelled_frees_the_engine() -> None:
    pool = TonePool(stalls=frozenset({"stuck"}))
    speech = speaking(pool)
    speech.push("I am stuck here.")
    speech.finish()
    reading = asyncio.create_task(heard(speech))
    await pool.stalled.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert pool.speaking == 0


async def test_a_slow_listener_holds_a_bounded_amount_of_audio() -> None:
    pool = TonePool()
    speech = speaking(pool)
    speech.push("A sentence of some length that goes on. " * 1000)
    speech.finish()
    async with asyncio.timeout(20), aclosing(speech.events()) as events:
        await anext(events)
        for _ in range(200):
            await asyncio.sleep(0)
        fetched = pool.words
        for _ in range(200):
            await asyncio.sleep(0)
        assert pool.words == fetched
        assert fetched * 2000 < ROOM * 4


async def test_audio_that_waits_is_joined_into_larger_chunks() -> None:
    speech = speaking(TonePool())
    speech.push("A bird of this size goes on. " * 20)
    speech.finish()
    sizes = [len(event.samples) for event in await heard(speech) if isinstance(event, AudioChunk)]
    assert max(sizes) <= LARGEST
    assert sum(sizes) / len(sizes) > LARGEST / 3


async def test_an_engine_error_ends_the_stream_in_failed() -> None:
    error = EngineCrashed("The worker died.")
    events = await said("One two. Three.", TonePool(failures={"two": error}), word_timestamps=True)
    assert events[-1] == Failed(error)
    assert sum(isinstance(event, Failed | Done) for event in events) == 1


async def test_an_unexpected_error_ends_the_stream_in_failed(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(role: Role) -> tuple[Pool, str]:
        raise ZeroDivisionError

    speech = Speaking(request(), role_of(request()), broken)
    speech.push("Hello.")
    speech.finish()
    (failed,) = await heard(speech)
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, EngineError)
    assert "ZeroDivisionError" in caplog.text


async def test_too_much_waiting_text_is_refused_and_the_rest_is_spoken() -> None:
    speech = speaking(TonePool())
    with pytest.raises(InvalidRequest, match="100,000"):
        speech.push("a " * MOST_WAITING)
    speech.push("Hello.")
    for _ in range(1000):
        speech.flush()
    speech.finish()
    events = await heard(speech)
    assert sum(isinstance(event, Flushed) for event in events) == 1000
    assert samples(events).any()


async def test_a_long_text_streams() -> None:
    pool = TonePool()
    speech = speaking(pool, word_timestamps=True)
    text = "The quick brown fox jumps over the lazy dog. " * 450
    speech.push(text)
    speech.finish()
    async with asyncio.timeout(30):
        first = None
        spoken: list[str] = []
        async for event in speech.events():
            first = first or len(pool.said)
            if isinstance(event, WordTimes):
                spoken += event.words
    assert first is not None
    assert first < len(pool.said) / 10
    assert spoken == text.split()


async def test_text_after_the_end_is_an_error() -> None:
    speech = speaking(TonePool())
    speech.finish()
    speech.finish()
    with pytest.raises(UsageError):
        speech.push("more")
    await heard(speech)


async def test_events_are_read_once() -> None:
    speech = speaking(TonePool())
    speech.finish()
    await heard(speech)
    with pytest.raises(UsageError):
        await anext(speech.events())


async def test_it_stands_in_line_for_its_key_and_in_it_for_its_connection() -> None:
    pool = TonePool()
    await said("One.", pool, connection="socket 7")
    await said("Two.", pool, connection="socket 8", caller=Caller("owner", key_id="key 1"))
    assert pool.clients == ["/socket 7", "key 1/socket 8"]
