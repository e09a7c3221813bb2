"""The processes that listen, and the one that started them: killed, forked, cancelled."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil
import pytest

import myna
from myna.engines.hearing.available import missing
from myna.engines.listeners import Listeners
from myna.engines.pool import WorkerPool
from myna.engines.protocols import Hearing, Pcm, Recording, Utterance
from myna.speech.errors import EngineCrashed
from myna.speech.events import Done, Failed
from myna.speech.listening import Endpointing, Final, ListeningEvent, Progress
from tests.engines.desk import MAN
from tests.engines.hearing.program import NAME
from tests.engines.hearing.scripted import silence, word

RATE = 16_000
HERE = str(Path(__file__).parents[2])
pytestmark = pytest.mark.usefixtures("no_tasks_left", "no_leaks")


def saved(path: Path, seconds: float, *, every: float = 4.096) -> Path:
    """A word every few seconds, written a piece at a time."""
    piece = np.concatenate([word(1), word(2), silence(every - 0.512)])
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        for _ in range(round(seconds / every)):
            file.writeframes((piece * 32767).astype("<i2").tobytes())
    return path


async def until(condition, within: float = 20.0) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.005)


def ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(workers=1, listeners=Listeners(live=3, recordings=1, program=NAME))
    yield pool
    await pool.aclose()


@pytest.fixture
async def recognising() -> AsyncIterator[WorkerPool]:
    """With PocketSphinx."""
    if missing("sphinx"):
        pytest.skip(f"no PocketSphinx on this machine: {missing('sphinx')}")
    pool = WorkerPool(workers=1)
    yield pool
    await pool.aclose()


async def test_a_long_recording_takes_bounded_memory(pool: WorkerPool, tmp_path: Path) -> None:
    """Ten minutes are 38 MB as samples; what is held is less than half a minute."""
    short, long = saved(tmp_path / "short.wav", 20.0), saved(tmp_path / "long.wav", 600.0)

    async def memory(path: Path) -> tuple[int, int]:
        most = finals = 0
        async for event in pool.transcribe(Recording(str(path), "sphinx")):
            finals += isinstance(event, Final)
            pid = (
                next(link.process.pid for link in pool.listeners._links if link.job is not None)
                if pool.listeners.busy
                else 0
            )
            if pid and finals % 20 == 1:
                most = max(most, psutil.Process(pid).memory_info().rss)
        return most, finals

    (before, few), (after, many) = await memory(short), await memory(long)
    assert (few, many) == (5, 146)
    assert after - before < 16 << 20


async def test_a_recording_whose_process_is_killed_keeps_what_was_final(
    pool: WorkerPool, tmp_path: Path
) -> None:
    path = saved(tmp_path / "a.wav", 600.0)
    events: list[Final | Progress] = []
    with pytest.raises(EngineCrashed, match="ended unexpectedly"):
        async for event in pool.transcribe(Recording(str(path), "sphinx")):
            events.append(event)
            if len(events) == 6:
                (pid,) = [link.process.pid for link in pool.listeners._links if link.job is not None]
                os.kill(pid, signal.SIGKILL)
    assert [event.text for event in events if isinstance(event, Final)][:2] == ["w1 w2", " w1 w2"]
    path = saved(tmp_path / "b.wav", 10.0)
    again = [event async for event in pool.transcribe(Recording(str(path), "sphinx"))]
    assert sum(isinstance(event, Final) for event in again) == 2


async def test_a_cancelled_task_frees_its_process(pool: WorkerPool, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.wav", 600.0)

    async def write() -> None:
        async for _ in pool.transcribe(Recording(str(path), "sphinx", keyterms=("slow",))):
            pass

    writing = asyncio.create_task(write())
    await until(lambda: pool.listeners.busy == 1)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    began = time.monotonic()
    await until(lambda: pool.listeners.busy == 0)
    assert time.monotonic() - began < 1.0


def script(body: str) -> subprocess.Popen[str]:
    source = (
        "import asyncio, os, sys, time\n"
        "import numpy as np\n"
        "from myna.engines.listeners import Listeners\n"
        "from myna.engines.pool import WorkerPool\n"
        "from myna.engines.protocols import Hearing\n"
        "async def main():\n"
        f"    pool = WorkerPool(workers=1, listeners=Listeners(program='{NAME}'))\n"
        "    stream = pool.listen(Hearing('sphinx', keyterms=('slow',)))\n"
        "    await stream.feed(np.full(16000, 0.5, np.float32))\n"
        "    while len(pool.listeners.processes) < 2: await asyncio.sleep(0.01)\n"
        f"{body}"
        "asyncio.run(main())\n"
    )
    path = os.pathsep.join([str(Path(myna.__file__).parents[1]), HERE])
    return subprocess.Popen(
        [sys.executable, "-c", source], stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": path}
    )


@pytest.mark.parametrize("forks", [False, True])
async def test_processes_end_with_a_parent_that_is_killed(forks: bool) -> None:
    child = "    child = os.fork()\n    if child == 0:\n        time.sleep(60)\n        os._exit(0)\n"
    parent = script(
        (child if forks else "    child = 0\n")
        + "    print(child, *pool.listeners.processes, flush=True)\n    await asyncio.sleep(60)\n"
    )
    child_pid = 0
    try:
        assert parent.stdout is not None
        child_pid, *pids = [int(pid) for pid in (await asyncio.to_thread(parent.stdout.readline)).split()]
        assert len(pids) == 2
        parent.kill()
        await until(lambda: all(map(ended, pids)))
        assert not child_pid or psutil.pid_exists(child_pid)
    finally:
        if child_pid:
            os.kill(child_pid, signal.SIGKILL)
        parent.kill()
        parent.communicate()


async def test_pocketsphinx_hears_in_its_process_and_its_death_is_told(
    recognising: WorkerPool, tmp_path: Path
) -> None:
    """What is spoken here is heard here: a live stream that is killed in its second sentence, and a file."""
    pool = recognising
    utterance = Utterance("good morning to everybody", "en-US", MAN)
    pcm = [event async for event in pool.synthesize("espeak", utterance) if isinstance(event, Pcm)]
    path = tmp_path / "spoken.wav"
    data = b"".join(event.data for event in pcm)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, pcm[0].sample_rate, 0, "NONE", ""))
        file.writeframes(bytes(pcm[0].sample_rate) + data + bytes(pcm[0].sample_rate))
    written = [event async for event in pool.transcribe(Recording(str(path), "sphinx", language="en"))]
    heard = "".join(event.text for event in written if isinstance(event, Final))
    assert "everybody" in heard

    from myna.audio.decoding import decode_all

    samples = decode_all(str(path), RATE, most_seconds=60).samples
    stream = pool.listen(Hearing("sphinx", language="en", endpointing=Endpointing(0.3)))
    events: list[ListeningEvent] = []

    async def read() -> None:
        async for event in stream.events():
            events.append(event)

    reading = asyncio.create_task(read())
    for at in range(0, len(samples), 1600):
        await stream.feed(samples[at : at + 1600])
    await stream.finalize()
    await until(lambda: any(isinstance(event, Final) for event in events), 40)
    (pid,) = [link.process.pid for link in pool.listeners._links if link.job is not None]
    os.kill(pid, signal.SIGKILL)
    await reading
    assert not any(isinstance(event, Done) for event in events)
    assert isinstance(events[-1], Failed)
    assert "everybody" in "".join(event.text for event in events if isinstance(event, Final))
