"""A worker dies, hangs or fails: what it costs, and what it does not."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

import myna
from myna.engines.pool import WorkerPool
from myna.engines.protocols import EngineEvent, Utterance
from myna.speech.errors import EngineCrashed, EngineTimeout
from tests.engines.desk import MAN
from tests.waiting import until

TEXT = "The quick brown fox jumps over the lazy dogs near the river bank. "
LONG = Utterance(TEXT * 100, "en-US", MAN)
SHORT = Utterance(TEXT, "en-US", MAN)
pytestmark = pytest.mark.usefixtures("no_tasks_left", "no_leaks")


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    # on a busy machine a healthy worker may say nothing for a second
    pool = WorkerPool(workers=2, deadline=2.0)
    await pool.start()
    await until(lambda: len(pool.processes) == 2)
    yield pool
    await pool.aclose()


async def speak(pool: WorkerPool, utterance: Utterance = SHORT) -> list[EngineEvent]:
    return [event async for event in pool.synthesize("espeak", utterance)]


def busy(pool: WorkerPool) -> int:
    (worker,) = [worker for worker in pool.speakers._workers if worker.turn is not None]
    assert worker.process is not None
    return worker.process.pid


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
async def test_a_worker_killed_in_the_middle_costs_its_own_utterance(
    pool: WorkerPool, how: signal.Signals
) -> None:
    stream = pool.synthesize("espeak", LONG)
    await anext(stream)
    killed = busy(pool)
    os.kill(killed, how)
    other = asyncio.create_task(speak(pool))
    with pytest.raises(EngineCrashed, match="ended unexpectedly"):
        async for _ in stream:
            pass
    assert await other
    await until(lambda: len(pool.processes) == 2)
    assert killed not in pool.processes
    assert pool.restarts == 1


async def test_a_new_worker_is_up_within_a_second(pool: WorkerPool) -> None:
    """By the clock of a busy test machine: the start of the first workers is the measure."""
    started = time.monotonic()
    fresh = WorkerPool(workers=2)
    await fresh.start()
    await until(lambda: len(fresh.processes) == 2)
    usual = time.monotonic() - started
    await fresh.aclose()
    before = set(pool.processes)
    os.kill(min(before), signal.SIGKILL)
    started = time.monotonic()
    await until(lambda: len(pool.processes) == 2 and set(pool.processes) != before)
    assert time.monotonic() - started < max(1.0, 3 * usual)


async def test_an_utterance_without_audio_is_taken_up_by_another_worker(pool: WorkerPool) -> None:
    expected = await speak(pool)
    workers = pool.processes
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    task = asyncio.create_task(speak(pool))
    await until(lambda: pool.busy == 1)
    os.kill(busy(pool), signal.SIGKILL)
    for pid in pool.processes:
        os.kill(pid, signal.SIGCONT)
    assert await task == expected
    assert pool.restarts >= 1


async def test_a_worker_that_hangs_before_any_audio_costs_nothing_but_time(pool: WorkerPool) -> None:
    expected = await speak(pool)
    stopped = pool.processes
    for pid in stopped[:1]:
        os.kill(pid, signal.SIGSTOP)
    results = await asyncio.gather(*(speak(pool) for _ in range(4)))
    assert all(result == expected for result in results)
    await until(lambda: len(pool.processes) == 2)
    assert not psutil.pid_exists(stopped[0]) or stopped[0] not in pool.processes


async def test_a_worker_that_hangs_in_the_middle_is_ended(pool: WorkerPool) -> None:
    stream = pool.synthesize("espeak", LONG)
    await anext(stream)
    hanging = busy(pool)
    os.kill(hanging, signal.SIGSTOP)
    with pytest.raises(EngineTimeout, match="no sign of life"):
        async for _ in stream:
            pass
    await until(lambda: len(pool.processes) == 2)
    assert hanging not in pool.processes
    assert await speak(pool)


async def test_a_worker_that_does_not_heed_an_abort_is_ended(pool: WorkerPool) -> None:
    stream = pool.synthesize("espeak", LONG)
    await anext(stream)
    hanging = busy(pool)
    os.kill(hanging, signal.SIGSTOP)
    await stream.aclose()
    assert await speak(pool)
    await until(lambda: hanging not in pool.processes and len(pool.processes) == 2)
    assert pool.restarts == 1


async def test_an_idle_worker_that_dies_is_replaced(pool: WorkerPool) -> None:
    dead = pool.processes[0]
    os.kill(dead, signal.SIGKILL)
    assert await speak(pool)
    await until(lambda: len(pool.processes) == 2 and dead not in pool.processes)


async def test_an_exception_inside_the_engine_is_an_error_and_no_death(pool: WorkerPool) -> None:
    before = set(pool.processes)
    broken = replace(SHORT, timbre=replace(MAN, pitch_hz=float("nan")))
    with pytest.raises(EngineCrashed, match="failed on this"):
        await speak(pool, broken)
    assert await speak(pool)
    assert set(pool.processes) == before


async def test_every_worker_killed_again_and_again(pool: WorkerPool) -> None:
    tasks = [asyncio.create_task(speak(pool, replace(SHORT, text=TEXT * 30))) for _ in range(12)]
    for _ in range(6):
        await asyncio.sleep(0.03)
        for pid in pool.processes:
            os.kill(pid, signal.SIGKILL)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, list | EngineCrashed) for result in results)
    await until(lambda: len(pool.processes) == 2)
    assert await speak(pool)


def _script(body: str) -> subprocess.Popen[str]:
    script = (
        "import asyncio, os, sys, time\n"
        "from myna.engines.pool import WorkerPool\n"
        "from myna.engines.protocols import Utterance\n"
        "from myna.speech.voices import Timbre\n"
        "async def main():\n"
        "    pool = WorkerPool(workers=2)\n"
        "    await pool.start()\n"
        "    while len(pool.processes) < 2: await asyncio.sleep(0.01)\n"
        f"{body}"
        "asyncio.run(main())\n"
    )
    root = str(Path(myna.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": root}
    )


async def _gone(pids: list[int]) -> None:
    def ended(pid: int) -> bool:
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    await until(lambda: all(map(ended, pids)))


@pytest.mark.parametrize("stopped", [False, True])
async def test_workers_end_with_a_parent_that_is_killed(stopped: bool) -> None:
    parent = _script(
        "    stream = pool.synthesize('espeak', Utterance('on and on ' * 1900, 'en', Timbre(100.0)))\n"
        "    await anext(stream)\n"
        "    print(*pool.processes, flush=True)\n"
        "    await asyncio.sleep(60)\n"
    )
    try:
        assert parent.stdout is not None
        pids = [int(pid) for pid in (await asyncio.to_thread(parent.stdout.readline)).split()]
        assert len(pids) == 2
        if stopped:
            os.kill(pids[0], signal.SIGSTOP)
        parent.kill()
        if stopped:
            os.kill(pids[0], signal.SIGCONT)
        await _gone(pids)
    finally:
        parent.kill()
        parent.communicate()


async def test_a_forked_child_does_not_keep_the_workers_alive() -> None:
    parent = _script(
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        time.sleep(60)\n"
        "        os._exit(0)\n"
        "    print(child, *pool.processes, flush=True)\n"
        "    await asyncio.sleep(60)\n"
    )
    child = 0
    try:
        assert parent.stdout is not None
        child, *pids = [int(pid) for pid in (await asyncio.to_thread(parent.stdout.readline)).split()]
        assert len(pids) == 2
        parent.kill()
        await _gone(pids)
        assert psutil.pid_exists(child)
    finally:
        if child:
            os.kill(child, signal.SIGKILL)
        parent.kill()
        parent.communicate()
