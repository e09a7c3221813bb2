"""The local provider on real engines: what is heard is what was written, whole, in time, without a seam."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
import pytest_asyncio

from myna.engines.pool import WorkerPool
from myna.providers.local import LocalProvider, catalogue
from myna.speech.errors import EngineError
from myna.speech.events import AudioChunk, Done, Failed, PhonemeTimes, SpeechEvent, WordTimes
from myna.speech.languages import WIRE_LANGUAGES, is_unspaced
from myna.speech.requests import Delivery, SpeechRequest
from myna.speech.voices import VoiceChoice
from tests.sound import Sound, click, longest_silence, pitch, word_error_rate

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = (
    "The harbour was quiet that morning, and a thin mist lay over the water. Nobody had expected the old ship"
    " to come back after so many years. Children ran along the quay, and their mothers called after them."
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    workers = WorkerPool(workers=2)
    await workers.start()
    yield workers
    await workers.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["espeak", "flite"])
async def engine(pool: WorkerPool, request: pytest.FixtureRequest) -> str:
    if request.param not in pool.engines:
        pytest.skip(f"this machine lacks {request.param}")
    return str(request.param)


@dataclass
class Heard:
    """All that came out of one stream; `joins` are where the audio of a segment ends, in samples."""

    events: list[SpeechEvent]

    @property
    def sound(self) -> Sound:
        chunks = [event for event in self.events if isinstance(event, AudioChunk)]
        return Sound(np.concatenate([chunk.samples for chunk in chunks]), chunks[0].sample_rate)

    @property
    def seconds(self) -> float:
        return len(self.sound.samples) / self.sound.rate

    @property
    def words(self) -> list[tuple[str, float, float]]:
        times = [event for event in self.events if isinstance(event, WordTimes)]
        return [word for event in times for word in zip(event.words, event.start, event.end, strict=True)]

    @property
    def joins(self) -> list[int]:
        count, joins = 0, []
        for event in self.events:
            if isinstance(event, AudioChunk):
                count += len(event.samples)
            elif isinstance(event, WordTimes):
                joins.append(count)
        return joins[:-1]


async def say(
    pool: WorkerPool, *pieces: str, voice: str = "Wren", gap: float = 0.0, **options: object
) -> Heard:
    provider = LocalProvider(pool=pool)
    asked = SpeechRequest(voice=VoiceChoice(voice), word_timestamps=True, **options)  # type: ignore[arg-type]
    speech = provider.speak(asked)

    async def send() -> None:
        for piece in pieces:
            speech.push(piece)
            await asyncio.sleep(gap)
        speech.finish()

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(send())
        events = [event async for event in speech.events()]
    assert isinstance(events[-1], Done)
    return Heard(events)


def tokens(text: str, seed: int) -> list[str]:
    """Pieces of 1-8 characters."""
    chance, pieces, at = random.Random(seed), [], 0
    while at < len(text):
        size = chance.randint(1, 8)
        pieces.append(text[at : at + size])
        at += size
    return pieces


async def test_tokens_are_heard_as_the_whole_text(pool: WorkerPool, engine: str) -> None:
    whole = await say(pool, TEXT, model=engine)
    pieces = await say(pool, *tokens(TEXT, 1), model=engine, gap=0.004)
    for heard in (whole, pieces):
        assert [word for word, _, _ in heard.words] == TEXT.split()
        assert all(start < end for _, start, end in heard.words)
        assert all(before[2] <= after[2] for before, after in pairwise(heard.words))
        assert heard.words[-1][2] <= heard.seconds
    assert pieces.seconds == pytest.approx(whole.seconds, rel=0.15)


async def test_tokens_are_understood_like_the_whole_text(pool: WorkerPool) -> None:
    if "flite" not in pool.engines:
        pytest.skip("this machine lacks flite")
    whole = await say(pool, TEXT, model="flite")
    pieces = await say(pool, *tokens(TEXT, 2), model="flite", gap=0.004)
    assert word_error_rate(pieces.sound, TEXT) <= word_error_rate(whole.sound, TEXT) + 0.15


async def test_joins_inside_a_sentence_are_neither_heard_as_clicks_nor_as_gaps(
    pool: WorkerPool, engine: str
) -> None:
    sentence = (
        "The harbour was quiet that morning while several fishermen waited along the water for their ship"
    )
    words = sentence.split()
    pieces = [" ".join(words[at : at + 4]) for at in range(0, len(words), 4)]
    parted = "".join(f'<speed ratio="{1 + at % 2 / 100}"/>{piece} ' for at, piece in enumerate(pieces))
    whole = await say(pool, sentence, model=engine)
    heard = await say(pool, parted, model=engine)
    assert len(heard.joins) >= 3
    sound = heard.sound
    assert all(click(sound, join) < 2.0 for join in heard.joins)
    assert heard.seconds < whole.seconds * 1.3
    for join in heard.joins:
        around = sound.samples[join - sound.rate // 5 : join + sound.rate // 5]
        assert longest_silence(Sound(around, sound.rate)) < 0.16


async def test_a_break_in_a_sentence_lasts_as_long_as_it_says(pool: WorkerPool, engine: str) -> None:
    short = await say(pool, 'I am <break time="200ms"/>here.', model=engine)
    long = await say(pool, 'I am <break time="1.2s"/>here.', model=engine)
    assert long.seconds - short.seconds == pytest.approx(1.0, abs=0.03)


async def test_duration_cuts_without_a_click(pool: WorkerPool, engine: str) -> None:
    heard = await say(pool, TEXT, model=engine, duration=1.25)
    assert len(heard.sound.samples) == round(1.25 * heard.sound.rate)
    assert abs(heard.sound.samples[-1]) < 0.01


async def test_the_words_before_a_cut_have_their_times(pool: WorkerPool, engine: str) -> None:
    whole = await say(pool, TEXT, model=engine)
    heard = await say(pool, TEXT, model=engine, duration=1.25)
    assert heard.words == [word for word in whole.words if word[2] <= 1.25]


async def test_speed_and_emotion_are_heard(pool: WorkerPool, engine: str) -> None:
    plain = await say(pool, TEXT, model=engine)
    fast = await say(pool, '<speed ratio="1.5"/>' + TEXT, model=engine)
    assert fast.seconds < plain.seconds * 0.8
    excited = await say(pool, TEXT, model=engine, delivery=Delivery(emotion="excited"))
    sad = await say(pool, '<emotion value="sad"/>' + TEXT, model=engine)
    assert pitch(excited.sound) > pitch(sad.sound) * 1.1


async def test_numbers_keep_their_spelling_and_all_their_time(pool: WorkerPool, engine: str) -> None:
    heard = await say(pool, "We paid $1,234.50 on May 5, 2024, at 5:30 pm.", model=engine)
    assert [word for word, _, _ in heard.words][2:5] == ["$1,234.50", "on", "May"]
    _, start, end = heard.words[2]
    assert end - start > 1.0


@pytest.mark.parametrize("language", WIRE_LANGUAGES)
async def test_every_language_of_the_wire_is_spoken_with_times(pool: WorkerPool, language: str) -> None:
    text = SENTENCES.get(language, "Myna 21.")
    provider = LocalProvider(pool=pool)
    voice = catalogue.find("Wren")
    speech = provider.speak(
        SpeechRequest(voice=voice, language=language, word_timestamps=True, phoneme_timestamps=True)
    )
    speech.push(text)
    speech.finish()
    async with asyncio.timeout(30):
        heard = Heard([event async for event in speech.events()])
    assert isinstance(heard.events[-1], Done)
    assert heard.seconds > 0.2
    joined = "".join(word for word, _, _ in heard.words)
    assert joined == (text if is_unspaced(language) else text.replace(" ", ""))
    assert heard.words[-1][2] > heard.words[0][1] >= 0.0
    assert any(isinstance(event, PhonemeTimes) for event in heard.events)


SENTENCES = {
    "zh": "你好，我有3个苹果。谢谢！",
    "ja": "こんにちは。ありがとう。",
    "th": "สวัสดีครับ ขอบคุณ",
    "ko": "안녕하세요, 반갑습니다.",
    "hi": "नमस्ते दुनिया।",
    "ar": "مرحبا بالعالم، كيف حالك؟",
    "he": "שלום עולם.",
    "ru": "Привет, мир 21!",
    "el": "Γεια σου κόσμε.",
    "ka": "გამარჯობა მსოფლიო.",
    "ta": "வணக்கம் உலகம்.",
    "de": "Guten Tag, ich habe 21 Äpfel.",
}


async def test_a_voice_speaks_another_language_at_its_own_pitch(pool: WorkerPool) -> None:
    low = await say(pool, "Guten Tag, ich bin eine Stimme aus Amerika.", voice="Otis", language="de")
    high = await say(pool, "Guten Tag, ich bin eine Stimme aus Amerika.", voice="June", language="de")
    assert pitch(high.sound) > pitch(low.sound) * 1.8


async def test_cancel_frees_the_worker(pool: WorkerPool, engine: str) -> None:
    provider = LocalProvider(pool=pool)
    speech = provider.speak(SpeechRequest(voice=catalogue.find("Wren"), model=engine))
    speech.push(TEXT * 5)
    speech.finish()
    async with asyncio.timeout(20):
        async with aclosing(speech.events()) as events:
            assert isinstance(await anext(events), AudioChunk)
            speech.cancel()
            assert [event async for event in events] == [Done()]
        while pool.busy:  # noqa: ASYNC110 - the pool has no event for it
            await asyncio.sleep(0.005)
    assert (await say(pool, "Still here.", model=engine)).seconds > 0.3


async def test_a_killed_engine_ends_its_stream_and_no_other() -> None:
    workers = WorkerPool(workers=1)
    try:
        await workers.start()
        provider = LocalProvider(pool=workers)
        speech = provider.speak(SpeechRequest(voice=catalogue.find("Wren"), model="espeak"))
        speech.push(TEXT * 200)
        speech.finish()
        async with asyncio.timeout(30), aclosing(speech.events()) as events:
            assert isinstance(await anext(events), AudioChunk)
            for process in workers.processes:
                os.kill(process, signal.SIGKILL)
            last = [event async for event in events][-1]
        assert isinstance(last, Done | Failed)
        if isinstance(last, Failed):
            assert isinstance(last.error, EngineError)
        assert (await say(workers, "Still here.", model="espeak")).seconds > 0.3
    finally:
        await workers.aclose()


async def test_many_streams_at_once_are_each_whole(pool: WorkerPool) -> None:
    texts = [f"This is stream number {number} of them all, and it is spoken whole." for number in range(24)]
    heard = await asyncio.gather(*(say(pool, *tokens(text, 3), model="espeak") for text in texts))
    assert [" ".join(word for word, _, _ in each.words) for each in heard] == texts
