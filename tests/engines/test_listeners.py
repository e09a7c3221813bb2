"""The processes that listen, with a recogniser that is as ill-behaved as a test asks for."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from myna.engines import listeners
from myna.engines.jobs.job import JobLink
from myna.engines.jobs.stream import MOST_UNTAKEN
from myna.engines.listeners import Listeners
from myna.engines.pool import WorkerPool
from myna.speech.errors import AudioRejected, EngineCrashed, InvalidRequest
from myna.speech.events import Done, Failed
from myna.speech.listening import Final, Finalized, Partial, Progress, TurnEnd, Turns, TurnStart
from tests.engines.hearing.asking import RATE, SPEECH, asked, hear, heard, hearing, saved, texts
from tests.engines.hearing.program import NAME
from tests.engines.hearing.scripted import silence, word
from tests.engines.jobs.trades import Listening
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("no_tasks_left", "no_leaks")


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    """Its workers that speak are never started."""
    pool = Listening().pool()
    yield pool
    await pool.aclose()
    assert not pool.listeners.processes


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return saved(tmp_path / "clip.wav", SPEECH, silence(1.536), word(3), silence(0.512))


async def test_a_live_stream_is_heard(pool: WorkerPool) -> None:
    stream = pool.listen(hearing())
    reading = asyncio.create_task(heard(stream))
    await stream.feed(SPEECH)
    await stream.finalize()
    await stream.feed((word(3) * 32767).astype(np.int16))
    await stream.finish()
    events = await reading
    assert isinstance(events[-1], Done)
    assert texts(events) == ["w1 w2", " w3"]
    assert [type(event) for event in events if not isinstance(event, Partial)] == [
        Final,
        Finalized,
        Final,
        Done,
    ]
    assert pool.processes == (), "nobody asked for workers that speak"


async def test_turns_are_found_and_their_thresholds_changed(pool: WorkerPool) -> None:
    stream = pool.listen(hearing(ends=Turns()))
    reading = asyncio.create_task(heard(stream))
    await stream.configure(Turns(end_timeout_ms=700))
    await stream.feed(np.concatenate([SPEECH, silence(2.048)]))
    await stream.finish()
    events = await reading
    kinds = [type(event) for event in events]
    assert kinds.count(TurnStart) == kinds.count(TurnEnd) == 1
    assert isinstance(events[-1], Done)


async def test_one_process_is_kept_in_reserve_and_used_again(pool: WorkerPool) -> None:
    assert texts(await hear(pool)) == ["w1 w2"]
    await until(lambda: pool.listeners.busy == 0)
    (first,) = pool.listeners.processes
    await hear(pool)
    assert first in pool.listeners.processes
    stream = pool.listen(hearing())
    await stream.feed(SPEECH)
    await until(lambda: len(pool.listeners.processes) == 2)
    assert pool.listeners.busy == 1
    stream.cancel()
    assert pool.listeners.restarts == 0


async def test_idle_processes_end_but_for_one() -> None:
    listeners = Listeners(live=4, recordings=1, program=NAME, idle=0.3)
    pool = WorkerPool(workers=1, listeners=listeners)
    try:
        streams = [pool.listen(hearing()) for _ in range(3)]
        await asyncio.gather(*(stream.feed(SPEECH) for stream in streams))
        assert len(listeners.processes) >= 3
        await asyncio.gather(*(stream.finish() for stream in streams))
        for stream in streams:
            assert texts(await heard(stream)) == ["w1 w2"]
        await until(lambda: len(listeners.processes) == 1)
        assert texts(await hear(pool)) == ["w1 w2"]
        assert listeners.restarts == 0
    finally:
        await pool.aclose()


@pytest.mark.parametrize("idle", [1, 2])
@pytest.mark.parametrize("length", [len(SPEECH), 3 * MOST_UNTAKEN])
async def test_a_stream_on_a_process_that_was_dead_already_is_heard_by_another(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch, length: int, idle: int
) -> None:
    await asyncio.gather(*(hear(pool) for _ in range(idle)))
    await until(lambda: pool.listeners.busy == 0)
    monkeypatch.setattr(JobLink, "alive", property(lambda link: not link.lost))
    for pid in pool.listeners.processes:
        os.kill(pid, signal.SIGSTOP)
    stream = pool.listen(hearing())
    reading = asyncio.create_task(heard(stream))
    feeding = asyncio.create_task(stream.feed(np.concatenate([SPEECH, silence(length / RATE)])))
    await until(lambda: pool.listeners.busy == 1)
    await asyncio.sleep(0.05)
    for pid in pool.listeners.processes:
        os.kill(pid, signal.SIGKILL)
    await feeding
    await stream.finalize()
    await stream.finish()
    events = await reading
    assert isinstance(events[-1], Done)
    assert texts(events) == ["w1 w2"]
    assert sum(isinstance(event, Finalized) for event in events) == 1
    assert pool.listeners.live == 0
    assert pool.listeners.restarts >= 1


async def test_a_stream_whose_processes_die_at_once_ends_after_the_second(pool: WorkerPool) -> None:
    stream = pool.listen(hearing())
    reading = asyncio.create_task(heard(stream))
    pool.listeners._program = "tests.engines.no_such_program"
    await stream.feed(SPEECH)
    events = await reading
    assert isinstance(events[-1], Failed) and isinstance(events[-1].error, EngineCrashed)
    assert pool.listeners.restarts == 2
    assert pool.listeners.live == 0


async def test_a_reader_that_never_reads_takes_bounded_memory(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listeners, "HEARD", replace(listeners.HEARD, most=20))
    stream = pool.listen(hearing())
    unread = np.concatenate([word(1), silence(0.512)])
    fed = 0

    async def feed() -> None:
        nonlocal fed
        for _ in range(3000):
            await stream.feed(unread)
            await stream.finalize()
            fed += 1

    feeding = asyncio.create_task(feed())
    (link,) = await _paused(pool)
    before = fed
    await asyncio.sleep(0.5)
    assert fed - before < 30
    assert stream._job.unread < 200
    events = stream.events()
    for _ in range(300):
        await anext(events)
    assert not link.lost
    await events.aclose()
    feeding.cancel()
    await asyncio.gather(feeding, return_exceptions=True)


async def _paused(pool: WorkerPool) -> list[JobLink]:
    await until(lambda: any(link._paused for link in pool.listeners._links))
    return [link for link in pool.listeners._links if link._paused]


async def test_commands_without_end_wait_as_well(pool: WorkerPool) -> None:
    stream = pool.listen(hearing("slow", ends=Turns()))
    await stream.feed(word(1))
    told = 0

    async def tell() -> None:
        nonlocal told
        for _ in range(1000):
            await stream.configure(Turns(end_timeout_ms=700))
            await stream.feed(word(1))
            told += 1

    telling = asyncio.create_task(tell())
    await asyncio.sleep(1.0)
    assert told < 100
    stream.cancel()
    await asyncio.wait_for(telling, 5)


async def test_unread_partials_give_way_to_newer_ones(pool: WorkerPool) -> None:
    stream = pool.listen(hearing("chatty"))
    await stream.feed(np.concatenate([word(number % 60) for number in range(40)]))
    await stream.finalize()
    await until(lambda: any(isinstance(event, Finalized) for event in stream._job._unread))
    assert sum(isinstance(event, Partial) for event in stream._job._unread) <= 2
    stream.cancel()


async def test_a_stream_cancelled_before_it_began_starts_nothing(pool: WorkerPool) -> None:
    stream = pool.listen(hearing())
    stream.cancel()
    await stream.feed(SPEECH)
    await stream.finish()
    assert [type(event) for event in await heard(stream)] == [Done]
    assert not pool.listeners.processes


async def test_a_cancelled_feeder_leaves_a_stream_that_can_be_cancelled(pool: WorkerPool) -> None:
    stream = pool.listen(hearing())
    feeding = asyncio.create_task(stream.feed(SPEECH))
    await asyncio.sleep(0)
    feeding.cancel()
    await asyncio.gather(feeding, return_exceptions=True)
    stream.cancel()
    await until(lambda: pool.listeners.live == 0 and pool.listeners.busy == 0)


@pytest.mark.parametrize(
    ("keyterm", "kind", "says"),
    [
        ("language", InvalidRequest, "another engine"),
        ("defect", EngineCrashed, "the log says where"),
        ("crash", EngineCrashed, "ended unexpectedly"),
    ],
)
async def test_what_goes_wrong_is_an_error_of_its_own(
    pool: WorkerPool, clip: Path, keyterm: str, kind: type[Exception], says: str
) -> None:
    events = await hear(pool, keyterm)
    assert isinstance(events[-1], Failed)
    assert type(events[-1].error) is kind
    assert says in events[-1].error.message
    with pytest.raises(kind, match=says):
        [event async for event in pool.transcribe(asked(clip, keyterm))]
    assert texts(await hear(pool)) == ["w1 w2"]


async def test_a_recording_is_written_down(pool: WorkerPool, clip: Path) -> None:
    events = [event async for event in pool.transcribe(asked(clip))]
    assert [event.text for event in events if isinstance(event, Final)] == ["w1 w2", " w3"]
    assert isinstance(events[-1], Progress)
    assert pool.listeners.busy == 0


async def test_a_recording_that_cannot_be_read_is_refused(pool: WorkerPool, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"no recording")
    with pytest.raises(AudioRejected, match="send wav"):
        [event async for event in pool.transcribe(asked(tmp_path / "a.wav"))]
    assert pool.listeners.restarts == 0


async def test_a_program_that_does_not_start_is_reported(clip: Path) -> None:
    pool = WorkerPool(workers=1, listeners=Listeners(program="myna.nothing"))
    (failed,) = await hear(pool)
    assert isinstance(failed, Failed)
    with pytest.raises(EngineCrashed):
        [event async for event in pool.transcribe(asked(clip))]
    await asyncio.sleep(0.6)
    assert len(pool.listeners.processes) <= 1
    await pool.aclose()
