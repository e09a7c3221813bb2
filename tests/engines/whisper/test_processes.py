"""Whisper in the processes that listen, as the pool and the provider have it."""

from __future__ import annotations

import asyncio
import platform
import shutil
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from myna.engines.pool import WorkerPool
from myna.engines.protocols import HEARING_RATE, Hearing, Recording
from myna.providers.local.provider import LocalProvider
from myna.speech.errors import EngineCrashed, InvalidRequest, ModelNotFound, MynaError
from myna.speech.events import Done, Failed
from myna.speech.listening import (
    Endpointing,
    Final,
    InputFormat,
    ListeningEvent,
    ListeningRequest,
    Partial,
    Progress,
    TranscriptionRequest,
)
from tests.audio.recordings import wav
from tests.engines.desk import WOMAN, Desk
from tests.engines.whisper import tiny

pytestmark = pytest.mark.usefixtures("no_tasks_left", "no_leaks")

Samples = NDArray[np.float32]


@pytest.fixture(scope="module")
def speech(worker: Desk) -> Samples:
    """One stretch of speech, some four seconds of it, with silence around."""
    sound = worker.say(
        "espeak", "One two three four five six seven eight nine ten eleven", timbre=WOMAN
    ).speech
    pause = np.zeros(HEARING_RATE, np.float32)
    return np.concatenate([pause, soxr.resample(sound.samples, sound.rate, HEARING_RATE), pause])


@pytest.fixture(scope="module")
def file(speech: Samples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("speech") / "speech.wav"
    path.write_bytes(wav(speech, HEARING_RATE))
    return path


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(workers=1)
    yield pool
    await pool.aclose()


async def written(pool: WorkerPool, recording: Recording) -> list[Final]:
    async with asyncio.timeout(50), aclosing(pool.transcribe(recording)) as events:
        return [event async for event in events if not isinstance(event, Progress)]


async def heard(pool: WorkerPool, hearing: Hearing, speech: Samples) -> list[ListeningEvent]:
    stream = pool.listen(hearing)
    events: list[ListeningEvent] = []

    async def read() -> None:
        async with aclosing(stream.events()) as told:
            events.extend([event async for event in told])

    async with asyncio.timeout(50), asyncio.TaskGroup() as tasks:
        tasks.create_task(read())
        for start in range(0, len(speech), 1600):
            await stream.feed(speech[start : start + 1600])
        await stream.finish()
    return events


async def test_a_recording_and_a_stream_are_heard(
    pool: WorkerPool, model: Path, file: Path, speech: Samples
) -> None:
    (final,) = await written(pool, Recording(str(file), "whisper", str(model), None, keyterms=("Mynah",)))
    assert final.text == "Hello from Mynah." and final.language == "de"
    assert [word.text for word in final.words] == ["Hello", "from", "Mynah."]
    assert 0.5 < final.words[0].start < 1.5 < final.words[1].start < final.until < len(speech) / HEARING_RATE

    *events, done = await heard(pool, Hearing("whisper", str(model), "es", Endpointing(0.5)), speech)
    assert done == Done()
    finals = [event for event in events if isinstance(event, Final)]
    assert [one.text for one in finals] == ["Hola from Myna."]
    assert finals[0].language == "es" and finals[0].reviewed
    assert finals[0].words[0].start == pytest.approx(final.words[0].start, abs=0.5)
    partials = [event for event in events if isinstance(event, Partial)]
    assert partials and partials[-1].text == "Hola from Myna."
    assert pool.listeners.restarts == 0


async def test_what_cannot_be_heard_says_so_and_the_process_stays(
    pool: WorkerPool, english: Path, model: Path, file: Path, tmp_path: Path
) -> None:
    shutil.copytree(model, tmp_path / "broken")
    (tmp_path / "broken" / "model.bin").write_bytes(b"nonsense")
    for bad, language, kind, said in (
        (english, "de", InvalidRequest, "English only"),
        (tmp_path / "broken", None, ModelNotFound, "cannot be used"),
        (tmp_path / "nothing", None, ModelNotFound, "There is no Whisper model"),
    ):
        with pytest.raises(kind, match=said):
            await written(pool, Recording(str(file), "whisper", str(bad), language))
        stream = pool.listen(Hearing("whisper", str(bad), language))
        await stream.feed(np.zeros(1600, np.float32))
        async with asyncio.timeout(50), aclosing(stream.events()) as events:
            (failed,) = [event async for event in events]
        assert isinstance(failed, Failed) and type(failed.error) is kind
    assert [one.text for one in await written(pool, Recording(str(file), "whisper", str(english)))] == [
        "Hello from Myna."
    ]
    assert pool.listeners.restarts == 0


async def test_a_model_that_ends_the_process_ends_nothing_else(
    pool: WorkerPool, model: Path, file: Path, speech: Samples, tmp_path: Path
) -> None:
    deadly = tiny.deadly(tmp_path / "deadly")
    beside = asyncio.create_task(heard(pool, Hearing("whisper", str(model), "es"), np.tile(speech, 2)))
    with pytest.raises(EngineCrashed if platform.machine() in ("x86_64", "AMD64") else MynaError):
        await written(pool, Recording(str(file), "whisper", str(deadly)))
    events = await beside
    assert events[-1] == Done()
    assert "".join(event.text for event in events if isinstance(event, Final)).startswith("Hola from Myna.")
    assert (await written(pool, Recording(str(file), "whisper", str(model), "en")))[
        0
    ].text == "Hello from Myna."


async def test_a_provider_picks_it_by_the_model(model: Path, file: Path, speech: Samples) -> None:
    provider = LocalProvider(workers=1)
    name = f"faster-whisper:{model}"
    async with asyncio.timeout(50):
        events = provider.transcribe(TranscriptionRequest(file, model=name, language="zh-TW"))
        finals = [event async for event in events if isinstance(event, Final)]
        assert [(final.text, final.language) for final in finals] == [("你好fromMyna.", "zh")]
        stream = provider.listen(
            ListeningRequest(InputFormat("pcm_f32le", HEARING_RATE), model=name, language="es")
        )
        feeding = asyncio.create_task(feed(stream, speech.astype("<f4").tobytes()))
        told = [event async for event in stream.events()]
        await feeding
    assert [event.text for event in told if isinstance(event, Final)] == ["Hola from Myna."]
    await provider.aclose()


async def feed(stream, audio: bytes) -> None:  # type: ignore[no-untyped-def]
    for start in range(0, len(audio), 4099):
        await stream.feed(audio[start : start + 4099])
    await stream.finish()
