"""What holds for processes beside the workers, whether they listen or change voices."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from myna.engines.jobs.processes import Processes
from myna.engines.jobs.stream import MOST_UNTAKEN, EngineStream
from myna.engines.pool import WorkerPool
from myna.speech.errors import EngineCrashed, EngineTimeout, Overloaded, UsageError
from myna.speech.events import Done, Failed
from myna.speech.listening import Progress
from tests.engines.jobs.trades import TRADES, Trade
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("no_tasks_left", "no_leaks")
RATE = 16_000


@pytest.fixture(params=TRADES)
def trade(request: pytest.FixtureRequest) -> Trade:
    return TRADES[request.param]


@pytest.fixture
async def pool(trade: Trade) -> AsyncIterator[WorkerPool]:
    pool = trade.pool()
    yield pool
    await pool.aclose()
    assert not trade.processes(pool).processes


@pytest.fixture
def processes(trade: Trade, pool: WorkerPool) -> Processes:
    return trade.processes(pool)


@pytest.fixture
def clip(trade: Trade, tmp_path: Path) -> Path:
    return trade.file(tmp_path / "clip.wav")


async def events_of(stream: EngineStream[Any]) -> list[Any]:
    async with asyncio.timeout(30):
        return [event async for event in stream.events()]


async def one_more(trade: Trade, pool: WorkerPool) -> bool:
    """Whether another live stream is served as if nothing had happened."""
    stream = trade.stream(pool)
    reading = asyncio.create_task(events_of(stream))
    await stream.feed(trade.sound)
    await stream.finish()
    return trade.whole(await reading)


def occupied(processes: Processes) -> int:
    """The only one with something on it."""
    (link,) = [link for link in processes._links if link.job is not None]
    assert link.process is not None
    return link.process.pid


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV])
async def test_a_process_killed_in_mid_stream_costs_what_was_not_told_yet(
    trade: Trade, pool: WorkerPool, processes: Processes, how: signal.Signals
) -> None:
    stream = trade.stream(pool)
    events: list[Any] = []

    async def read() -> None:
        async for event in stream.events():
            events.append(event)

    reading = asyncio.create_task(read())
    await stream.feed(trade.sound)
    await trade.urge(stream)
    await until(lambda: trade.told(events))
    os.kill(occupied(processes), how)
    async with asyncio.timeout(10):
        await reading
        await stream.feed(np.zeros(RATE * 10, np.float32))  # nobody takes it, nobody waits
        await stream.finish()
    assert isinstance(events[-1], Failed)
    assert isinstance(events[-1].error, EngineCrashed)
    assert trade.told(events)
    assert await one_more(trade, pool)
    assert processes.restarts == 1
    assert processes.live == 0


async def test_a_process_that_hangs_is_ended(trade: Trade, pool: WorkerPool, processes: Processes) -> None:
    stream = trade.stream(pool)
    reading = asyncio.create_task(events_of(stream))
    await stream.feed(trade.sound)
    await until(lambda: all(link.ready for link in processes._links))
    os.kill(occupied(processes), signal.SIGSTOP)
    async with asyncio.timeout(15):
        await stream.feed(np.zeros(60 * RATE, np.float32))
        events = await reading
    assert isinstance(events[-1], Failed)
    assert isinstance(events[-1].error, EngineTimeout)
    assert await one_more(trade, pool)


async def test_who_feeds_without_end_waits(trade: Trade, pool: WorkerPool, processes: Processes) -> None:
    stream = trade.stream(pool, "slow")
    fed = 0

    async def feed() -> None:
        nonlocal fed
        while True:
            await stream.feed(trade.sound)
            fed += len(trade.sound)

    feeding = asyncio.create_task(feed())
    await until(lambda: processes.busy == 1)
    await asyncio.sleep(1.5)
    assert fed < 8 * RATE
    assert stream._job.untaken <= MOST_UNTAKEN + len(trade.sound)
    stream.cancel()
    feeding.cancel()
    await asyncio.gather(feeding, return_exceptions=True)


async def test_more_streams_than_there_is_room_for_are_refused(
    trade: Trade, pool: WorkerPool, processes: Processes
) -> None:
    streams = [trade.stream(pool) for _ in range(30)]
    await asyncio.gather(*(stream.feed(trade.sound) for stream in streams))
    assert processes.live == 3
    refused = 0
    for stream in streams:
        if not stream._job.ended:
            await stream.finish()
            assert trade.whole(await events_of(stream))
            continue
        (failed,) = await events_of(stream)
        assert isinstance(failed, Failed)
        assert isinstance(failed.error, Overloaded)
        assert failed.error.retry_after
        refused += 1
    assert refused == 27
    assert await one_more(trade, pool)


async def test_a_cancelled_stream_frees_its_place_at_once(
    trade: Trade, pool: WorkerPool, processes: Processes
) -> None:
    for _ in range(12):
        stream = trade.stream(pool)
        await stream.feed(trade.sound)
        stream.cancel()
        assert processes.live == 0
        assert [type(event) for event in await events_of(stream)] == [Done]
        stream.cancel()
    assert await one_more(trade, pool)
    assert processes.restarts == 0


async def test_a_recording_of_which_nothing_was_told_is_tried_once_more(
    trade: Trade, pool: WorkerPool, processes: Processes, clip: Path, tmp_path: Path
) -> None:
    mark = tmp_path / "crashed"
    events = [event async for event in trade.recording(pool, clip, f"once:{mark}")]
    assert mark.exists()
    assert trade.worked_off(events)
    assert processes.restarts == 1
    with pytest.raises(EngineCrashed):
        [event async for event in trade.recording(pool, clip, "crash")]
    assert processes.restarts == 3


async def test_recordings_take_turns_and_more_than_can_wait_are_refused(
    trade: Trade, pool: WorkerPool, processes: Processes, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("myna.engines.jobs.places._BACKLOG", 4)
    most = 0

    async def one() -> list[Any]:
        nonlocal most
        events = []
        async for event in trade.recording(pool, clip):
            most = max(most, processes.busy)
            events.append(event)
        return events

    results = await asyncio.gather(*(one() for _ in range(12)), return_exceptions=True)
    assert most == 1
    refused = [result for result in results if isinstance(result, Overloaded)]
    assert 1 <= len(refused) <= 8
    assert all(error.retry_after for error in refused)
    assert all(trade.worked_off(result) for result in results if isinstance(result, list))


async def test_a_recording_that_is_given_up_frees_its_process(
    trade: Trade, pool: WorkerPool, processes: Processes, clip: Path
) -> None:
    events = trade.recording(pool, clip, "slow")
    assert isinstance(await anext(events), Progress)
    await events.aclose()
    await until(lambda: processes.busy == 0)
    assert trade.worked_off([event async for event in trade.recording(pool, clip)])
    assert processes.restarts == 0, "a process that is not needed is no loss"


async def test_closing_ends_everything(
    trade: Trade, pool: WorkerPool, processes: Processes, clip: Path
) -> None:
    streams = [trade.stream(pool, "slow") for _ in range(3)]
    reading = [asyncio.create_task(events_of(stream)) for stream in streams]
    await asyncio.gather(*(stream.feed(trade.sound) for stream in streams[:2]))

    async def work() -> None:
        async for _ in trade.recording(pool, clip, "slow"):
            pass

    working = [asyncio.create_task(work()) for _ in range(3)]
    await until(lambda: processes.waiting == 2)
    pids = processes.processes
    await pool.aclose()
    for events in await asyncio.gather(*reading):
        assert isinstance(events[-1], Failed)
        assert "closed" in events[-1].error.message
    results = await asyncio.gather(*working, return_exceptions=True)
    assert all(isinstance(result, EngineCrashed) for result in results)
    assert not any(psutil.pid_exists(pid) for pid in pids)
    with pytest.raises(UsageError, match="closed"):
        trade.stream(pool)
    with pytest.raises(UsageError, match="closed"):
        trade.recording(pool, clip)
    await streams[2].feed(trade.sound)
