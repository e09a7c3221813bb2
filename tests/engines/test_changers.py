"""The processes that change voices, with a changer that is as ill-behaved as a test asks for."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from myna.engines import changers
from myna.engines.changers import Changers
from myna.engines.changing.protocols import CHANGING_RATE, Conversion, Measuring
from myna.engines.pool import WorkerPool
from myna.engines.world.changing.target import Target
from myna.speech.errors import AudioRejected, ClipRejected, EngineCrashed, MynaError
from myna.speech.events import AudioChunk, Done, Failed
from myna.speech.listening import InputFormat, Progress
from tests.audio.recordings import wav
from tests.engines.changing.asking import CENTRING, SOUND, asked, audio, change, told
from tests.engines.changing.program import NAME
from tests.engines.jobs.trades import Changing
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("no_tasks_left", "no_leaks")


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    """Its workers that speak are never started."""
    pool = Changing().pool()
    yield pool
    await pool.aclose()
    assert not pool.changers.processes


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.wav"
    path.write_bytes(wav(SOUND, CHANGING_RATE))
    return path


async def test_a_live_stream_comes_back_as_long_as_it_was(pool: WorkerPool) -> None:
    stream = pool.change(b"")
    reading = asyncio.create_task(told(stream))
    for start in range(0, len(SOUND), 777):
        await stream.feed(SOUND[start : start + 777])
    await stream.feed((SOUND * 32768).astype(np.int16))
    await stream.finish()
    events = await reading
    assert isinstance(events[-1], Done)
    assert np.allclose(audio(events), -np.concatenate([SOUND, SOUND]), atol=CENTRING)
    assert pool.processes == (), "nobody asked for workers that speak"
    assert pool.listeners.processes == (), "nor for processes that listen"


async def test_what_is_ready_comes_before_more_is_sent(pool: WorkerPool) -> None:
    stream = pool.change(b"")
    async with aclosing(stream.events()) as events:
        await stream.feed(SOUND)
        async with asyncio.timeout(20):
            first = await anext(events)
        assert isinstance(first, AudioChunk)
        assert first.start == 0.0


async def test_a_reader_that_never_reads_takes_bounded_memory(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changers, "CHANGED", replace(changers.CHANGED, most=2 * CHANGING_RATE))
    stream = pool.change(b"")
    fed = 0

    async def feed() -> None:
        nonlocal fed
        for _ in range(60):
            await stream.feed(SOUND)
            fed += len(SOUND)
        await stream.finish()

    feeding = asyncio.create_task(feed())
    await until(lambda: any(link._paused for link in pool.changers._links))
    await asyncio.sleep(0.5)
    before = fed
    await asyncio.sleep(0.5)
    assert fed == before < 15 * len(SOUND)
    assert stream._job._weight <= 4 * CHANGING_RATE
    events = await told(stream)
    await feeding
    assert isinstance(events[-1], Done)
    assert len(audio(events)) == 60 * len(SOUND)


async def test_a_recording_comes_back_as_long_as_it_was(pool: WorkerPool, clip: Path, tmp_path: Path) -> None:
    raw, format = tmp_path / "clip.raw", InputFormat("pcm_s16le", CHANGING_RATE)
    raw.write_bytes((SOUND * 32767).astype("<i2").tobytes())
    for conversion in (asked(clip), asked(clip, whole=False), asked(raw, format=format)):
        events = [event async for event in pool.convert(conversion)]
        assert np.allclose(audio(events), -SOUND, atol=CENTRING)
        made = [event for event in events if isinstance(event, Progress)]
        assert made[-1] == Progress(1.0, 1.0)
        assert [each.seconds for each in made] == sorted(each.seconds for each in made)
    assert pool.changers.busy == 0


async def refused(pool: WorkerPool, conversion: Conversion) -> MynaError:
    with pytest.raises(MynaError) as caught:
        async for event in pool.convert(conversion):
            assert isinstance(event, Progress), "nothing comes before the error"
    return caught.value


async def test_recordings_that_cannot_be_changed_are_refused_before_any_audio(
    pool: WorkerPool, clip: Path, tmp_path: Path
) -> None:
    broken, short, empty, noise = (tmp_path / name for name in ("a.mp3", "b.wav", "c.wav", "d.wav"))
    broken.write_bytes(b"no recording" * 1000)
    short.write_bytes(wav(SOUND[:4000], CHANGING_RATE))
    empty.write_bytes(b"")
    samples = 0.1 * np.random.default_rng(1).standard_normal(3 * CHANGING_RATE)
    noise.write_bytes(wav(samples.astype(np.float32), CHANGING_RATE))
    for whole in (True, False):
        for path in (broken, empty, tmp_path / "none.wav"):
            assert type(await refused(pool, asked(path, whole=whole))) is AudioRejected
        error = await refused(pool, asked(short, whole=whole))
        assert isinstance(error, ClipRejected)
        assert "0.25 s" in error.message
        assert "0.3 s" in error.message
    for conversion in (asked(clip, "silent"), asked(noise, whole=False)):
        error = await refused(pool, conversion)
        assert isinstance(error, ClipRejected)
        assert "Nobody is heard" in error.message
    assert type(await refused(pool, asked(clip, most_seconds=0.5))) is AudioRejected
    assert pool.changers.restarts == 0


async def test_a_voice_is_measured_while_recordings_wait(pool: WorkerPool, clip: Path) -> None:
    async with aclosing(pool.convert(asked(clip, "slow"))) as events:
        await anext(events)
        measured = await pool.measure(Measuring(str(clip)))
    assert abs(Target.unpacked(measured).pitch_hz - CHANGING_RATE / 2 / np.pi / 7) < 5


async def test_what_came_of_a_recording_before_the_crash_is_given_once(
    pool: WorkerPool, tmp_path: Path
) -> None:
    (tmp_path / "clip.wav").write_bytes(wav(np.tile(SOUND, 4), CHANGING_RATE))
    events: list[AudioChunk | Progress] = []
    with pytest.raises(EngineCrashed):
        async for event in pool.convert(
            asked(tmp_path / "clip.wav", f"late:{tmp_path / 'crashed'}", whole=False)
        ):
            events.append(event)
    assert 0 < len(audio(events)) < 4 * len(SOUND)


async def test_a_mistake_is_logged_and_reported(
    pool: WorkerPool, clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    error = await refused(pool, asked(clip, "defect"))
    assert type(error) is EngineCrashed
    assert "log" in error.message
    assert "ZeroDivisionError" in caplog.text
    (failed,) = await change(pool, "defect")
    assert isinstance(failed, Failed)


async def test_a_long_recording_that_nobody_takes_waits_in_bounded_memory(
    pool: WorkerPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changers, "CHANGED", replace(changers.CHANGED, most=2 * CHANGING_RATE))
    path = tmp_path / "long.raw"
    path.write_bytes(bytes(2 * CHANGING_RATE * 600))
    format = InputFormat("pcm_s16le", CHANGING_RATE)
    async with aclosing(pool.convert(asked(path, format=format))) as events:
        got = 0
        async for event in events:
            if isinstance(event, AudioChunk):
                got += len(event.samples)
                break
        await until(lambda: any(link._paused for link in pool.changers._links))
        (link,) = [link for link in pool.changers._links if link.job is not None]
        assert link.job is not None
        assert link.job._weight <= 4 * CHANGING_RATE
        async for event in events:
            if isinstance(event, AudioChunk):
                got += len(event.samples)
    assert got == 600 * CHANGING_RATE


async def test_recordings_that_nobody_takes_do_not_keep_others_waiting(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changers, "CHANGED", replace(changers.CHANGED, most=CHANGING_RATE))
    path, format = tmp_path / "long.raw", InputFormat("pcm_s16le", CHANGING_RATE)
    path.write_bytes(bytes(2 * CHANGING_RATE * 600))
    pool = WorkerPool(workers=1, changers=Changers(program=NAME))
    try:
        async with AsyncExitStack() as stack:
            for _ in range((os.cpu_count() or 1) + 1):
                slow = await stack.enter_async_context(aclosing(pool.convert(asked(path, format=format))))
                async with asyncio.timeout(20):
                    while not isinstance(await anext(slow), AudioChunk):
                        pass
            async with asyncio.timeout(20):
                assert len(audio([event async for event in pool.convert(asked(clip))])) == len(SOUND)
    finally:
        await pool.aclose()


async def test_a_live_stream_beside_zero_comes_to_lie_there(pool: WorkerPool) -> None:
    events = await change(pool, sound=SOUND + np.float32(0.4))
    assert np.allclose(audio(events)[8000:], -SOUND[8000:], atol=CENTRING)


async def test_recordings_stand_behind_live_streams(pool: WorkerPool, clip: Path) -> None:
    mine = psutil.Process().nice()
    assert [event async for event in pool.convert(asked(clip))]
    (link,) = [link for link in pool.changers._idle if link.loaded is not None]
    assert link.process is not None
    behind = link.process.pid
    assert psutil.Process(behind).nice() > mine
    stream = pool.change(b"")
    await stream.feed(SOUND)
    (live,) = [link.process for link in pool.changers._links if link.job is not None]
    assert live is not None
    assert live.pid != behind
    assert psutil.Process(live.pid).nice() == mine
    stream.cancel()
    assert [event async for event in pool.convert(asked(clip))]
    assert behind in pool.changers.processes


async def test_a_forked_child_leaves_the_processes_to_its_parent(pool: WorkerPool) -> None:
    stream = pool.change(b"")
    reading = asyncio.create_task(told(stream))
    await stream.feed(SOUND)
    child = os.fork()
    if not child:
        os._exit(0 if pool.changers._end is not None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0  # noqa: ASYNC222
    await stream.feed(SOUND)
    await stream.finish()
    assert len(audio(await reading)) == 2 * len(SOUND)
