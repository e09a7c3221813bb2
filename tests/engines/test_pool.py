from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

import myna
from myna.engines.pool import WorkerPool
from myna.engines.protocols import Pcm, Utterance
from myna.speech.errors import EngineCrashed, EngineError, UsageError
from tests.engines.desk import MAN, Spoken
from tests.sound import pitch

TEXT = "The quick brown fox jumps over the lazy dogs near the river bank. "
pytestmark = pytest.mark.usefixtures("no_tasks_left", "no_leaks")


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(workers=2)
    await pool.start()
    yield pool
    await pool.aclose()


async def say(pool: WorkerPool, text: str = TEXT, engine: str = "espeak") -> Spoken:
    utterance = Utterance(text, "en-US", MAN)
    return Spoken(utterance, [event async for event in pool.synthesize(engine, utterance)])


async def test_it_speaks(pool: WorkerPool) -> None:
    assert "espeak" in pool.engines
    spoken = await say(pool)
    assert pitch(spoken.speech) == pytest.approx(110, rel=0.04)
    assert pool.utterances == 1
    assert pool.busy == pool.waiting == pool.restarts == 0


async def test_many_utterances_share_the_workers(pool: WorkerPool) -> None:
    spoken = await asyncio.gather(*(say(pool, f"{TEXT} {number}.") for number in range(40)))
    assert len({one.digest for one in spoken}) == 40


async def test_who_asks_first_is_served_first() -> None:
    pool = WorkerPool(workers=1)
    finished: list[int] = []

    async def one(number: int) -> None:
        await say(pool, "short")
        finished.append(number)

    await asyncio.gather(*(one(number) for number in range(20)))
    assert finished == sorted(finished)
    await pool.aclose()


async def test_who_has_audio_left_stands_behind_who_has_none() -> None:
    pool = WorkerPool(workers=1)
    finished: list[float] = []

    async def one(spare: float) -> None:
        async for _ in pool.synthesize("espeak", Utterance("short", "en-US", MAN), spare=spare):
            pass
        finished.append(spare)

    await pool.start()
    await asyncio.gather(*(one(spare) for spare in (0.0, 5.0, 9.0, 0.0, 2.0)))
    assert finished == [0.0, 0.0, 2.0, 5.0, 9.0]
    await pool.aclose()


async def test_one_slow_reader_holds_nobody_up(pool: WorkerPool) -> None:
    """Its worker goes on to other texts although nothing of its audio was read."""
    slow = [pool.synthesize("espeak", Utterance(TEXT * 3, "en-US", MAN)) for _ in range(2)]
    for stream in slow:
        await anext(stream)
    quick = await asyncio.wait_for(say(pool), 20)
    assert quick.pcm
    for stream in slow:
        assert len([event async for event in stream]) > 5


async def test_an_unread_utterance_takes_bounded_memory(pool: WorkerPool) -> None:
    from myna.engines import connection

    stream = pool.synthesize("espeak", Utterance(TEXT * 300, "en-US", MAN))
    await anext(stream)
    (worker,) = [worker for worker in pool.speakers._workers if worker.turn is not None]
    turn = worker.turn
    assert turn is not None
    async with asyncio.timeout(30):
        while turn.size < connection._HIGH:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    assert turn.size < connection._HIGH + (1 << 20)
    assert not turn.ended
    total = sum([len(event.data) async for event in stream if isinstance(event, Pcm)])
    assert total > connection._HIGH


async def test_an_abandoned_utterance_frees_its_worker(pool: WorkerPool) -> None:
    for round_ in range(100):
        stream = pool.synthesize("espeak", Utterance(TEXT * 20, "en-US", MAN))
        async for _ in stream:
            if round_ % 2:
                await asyncio.sleep(0.001)
            break
        await stream.aclose()
    assert (await say(pool)).digest == (await say(pool)).digest
    assert pool.restarts == 0


async def test_a_cancelled_waiter_gives_way(pool: WorkerPool) -> None:
    tasks = [asyncio.create_task(say(pool, TEXT * 20)) for _ in range(12)]
    await asyncio.sleep(0.01)
    for task in tasks[::2]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(result, Spoken) for result in results) >= 6
    assert pool.waiting == 0
    await say(pool)


async def test_what_cannot_be_spoken_is_an_error_of_its_own(pool: WorkerPool) -> None:
    with pytest.raises(EngineError, match="does not speak"):
        [e async for e in pool.synthesize("espeak", Utterance("a", "xx", MAN))]
    with pytest.raises(EngineError, match="not available"):
        await say(pool, engine="nonsense")
    with pytest.raises(EngineError, match="at most"):
        await say(pool, "a" * 100_000)
    assert (await say(pool)).pcm
    assert pool.restarts == 0


async def test_closing_ends_everything(pool: WorkerPool) -> None:
    await pool.start()
    async with asyncio.timeout(20):
        while len(pool.processes) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    tasks = [asyncio.create_task(say(pool, TEXT * 50)) for _ in range(6)]
    while pool.utterances < len(tasks):  # noqa: ASYNC110
        await asyncio.sleep(0)
    pids = pool.processes
    await pool.aclose()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, EngineCrashed) for result in results)
    assert not any(psutil.pid_exists(pid) for pid in pids)
    await pool.aclose()
    with pytest.raises(UsageError, match="closed"):
        await say(pool)


async def test_starting_twice_starts_once() -> None:
    pool = WorkerPool(workers=1)
    await asyncio.gather(pool.start(), pool.start())
    await pool.start()
    assert len(pool.processes) == 1
    await pool.aclose()


async def test_a_pool_that_never_started_closes() -> None:
    await WorkerPool().aclose()


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"deadline": 0.0}])
def test_impossible_sizes_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        WorkerPool(**wrong)  # type: ignore[arg-type]


async def test_workers_that_never_come_up_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    pool = WorkerPool(workers=1)
    with pytest.raises(EngineCrashed, match="do not start"):
        await asyncio.wait_for(pool.start(), 20)
    with pytest.raises(EngineCrashed, match="do not start"):
        await say(pool)
    await pool.aclose()


def test_the_library_under_another_licence_stays_out_of_this_process() -> None:
    script = (
        "import asyncio, sys\n"
        "from myna.engines.pool import WorkerPool\n"
        "async def main():\n"
        "    pool = WorkerPool(workers=1)\n"
        "    await pool.start()\n"
        "    await pool.aclose()\n"
        "asyncio.run(main())\n"
        "maps = open('/proc/self/maps').read()\n"
        "print('espeak' in maps, 'espeakng_loader' in sys.modules, 'numpy' in sys.modules)\n"
    )
    if not Path("/proc/self/maps").exists():
        pytest.skip("this system does not list the libraries of a process")
    root = str(Path(myna.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, env={"PYTHONPATH": root}
    )
    assert done.stdout.split() == ["False", "False", "False"], done.stderr
