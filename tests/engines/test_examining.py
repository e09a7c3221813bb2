"""Recordings looked into by real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

import myna
from myna.engines import examiners
from myna.engines.pool import WorkerPool
from myna.engines.protocols import Examination, Pcm, Utterance
from myna.speech.embedding import EMBEDDING_SIZE
from myna.speech.errors import ClipRejected, EngineCrashed, EngineTimeout, Overloaded, UsageError
from myna.speech.voices import Likeness
from tests.audio.recordings import Form, recorded, tone, wav
from tests.engines.desk import MAN, WOMAN
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("no_tasks_left", "no_leaks")

TEXT = "The ferry leaves at nine in the morning, and the crossing takes a little under two hours. "


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(workers=2)
    await pool.start()
    yield pool
    await pool.aclose()


async def spoken(pool: WorkerPool, timbre=MAN, text: str = TEXT):  # type: ignore[no-untyped-def]
    """What an engine says, float32 at its rate."""
    parts = []
    async for event in pool.synthesize("espeak", Utterance(text, "en-US", timbre)):
        if isinstance(event, Pcm):
            parts.append(np.frombuffer(event.data, "<i2"))
            rate = event.sample_rate
    return np.concatenate(parts).astype(np.float32) / 32768, rate


@pytest.fixture
async def clip(pool: WorkerPool, tmp_path: Path) -> str:
    """Six seconds of a man, with a pause before and behind."""
    samples, rate = await spoken(pool)
    pause = np.zeros(rate, dtype=np.float32)
    path = tmp_path / "clip.wav"
    path.write_bytes(wav(np.concatenate([pause, samples, pause]), rate))
    return str(path)


@pytest.fixture
async def long_clip(pool: WorkerPool, tmp_path: Path) -> str:
    """One minute, which takes some seconds to examine."""
    samples, rate = await spoken(pool, text=TEXT * 2)
    path = tmp_path / "long.wav"
    path.write_bytes(wav(np.resize(samples, 60 * rate), rate))
    return str(path)


async def test_it_finds_a_speaker(pool: WorkerPool, clip: str) -> None:
    finding = await pool.examine(Examination(clip))
    assert isinstance(finding.likeness, Likeness)
    assert len(finding.likeness.embedding) == EMBEDDING_SIZE
    assert finding.pitch_hz == pytest.approx(110, rel=0.1)
    assert finding.gender == "masculine"
    assert 0.8 * (finding.seconds - 2) < finding.speech_seconds < finding.seconds - 1
    assert finding.snr_db > 30
    await until(lambda: not pool.examiners)


async def test_it_finds_the_same_again_in_any_form(pool: WorkerPool, tmp_path: Path) -> None:
    samples, rate = await spoken(pool, WOMAN)
    found = []
    for form in (
        Form("wav", "pcm_s16le", rate),
        Form("flac", "flac", rate, "stereo"),
        Form("mp3", "mp3", rate),
    ):
        path = tmp_path / f"clip.{form.codec}"
        path.write_bytes(recorded(samples, form))
        found.append(await pool.examine(Examination(str(path))))
    assert [finding.gender for finding in found] == ["feminine"] * 3
    np.testing.assert_allclose(found[0].likeness.embedding, found[1].likeness.embedding, atol=0.05)
    distance = np.abs(np.subtract(found[0].likeness.embedding, found[2].likeness.embedding))
    assert distance.mean() < 0.2


async def test_noise_is_taken_out_when_asked(pool: WorkerPool, tmp_path: Path, clip: str) -> None:
    clean = await pool.examine(Examination(clip))
    samples, rate = await spoken(pool)
    pause = np.zeros(rate, dtype=np.float32)
    samples = np.concatenate([pause, samples, pause])
    noise = np.random.default_rng(1).standard_normal(len(samples)).astype(np.float32)
    path = tmp_path / "noisy.wav"
    path.write_bytes(wav(samples + 0.02 * noise, rate))
    noisy = await pool.examine(Examination(str(path)))
    enhanced = await pool.examine(Examination(str(path), enhance=True))
    assert noisy.snr_db < 25 < clean.snr_db
    assert enhanced.snr_db == noisy.snr_db, "it tells of the recording, not of what was made of it"

    def distance(one: Likeness) -> float:
        return float(np.linalg.norm(np.subtract(one.embedding, clean.likeness.embedding)))

    assert distance(enhanced.likeness) < 0.8 * distance(noisy.likeness)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: b"Dear Sir", "can be read: send wav"),
        (lambda: wav(np.zeros(48_000, dtype=np.float32)), "silent: check the microphone"),
        (lambda: wav(tone(4.0, 16_000)), "Nobody is heard speaking .* send a recording"),
        (lambda: wav(np.random.default_rng(2).normal(0, 0.1, 64_000).astype("f4")), "Nobody is heard"),
        (
            lambda: recorded(np.zeros(8_000 * 610, "f4"), Form("flac", "flac", 8_000)),
            "longer than 10 minutes",
        ),
    ],
    ids=["unreadable", "silent", "tone", "noise", "long"],
)
async def test_what_no_voice_can_be_made_of_is_refused_with_a_remedy(
    pool: WorkerPool, tmp_path: Path, make: Callable[[], bytes], message: str
) -> None:
    path = tmp_path / "clip"
    path.write_bytes(make())
    with pytest.raises(ClipRejected, match=message):
        await pool.examine(Examination(str(path)))


async def test_too_little_speech_is_refused(pool: WorkerPool, tmp_path: Path) -> None:
    samples, rate = await spoken(pool, text="Yes, no.")
    path = tmp_path / "short.wav"
    path.write_bytes(wav(np.concatenate([samples[: rate // 2], np.zeros(3 * rate, "f4")]), rate))
    with pytest.raises(ClipRejected, match=r"only 0\.\d s of speech: send at least 1 s"):
        await pool.examine(Examination(str(path)))


async def test_two_seconds_are_enough(pool: WorkerPool, tmp_path: Path) -> None:
    samples, rate = await spoken(pool)
    path = tmp_path / "short.wav"
    path.write_bytes(wav(samples[: 2 * rate], rate))
    assert (await pool.examine(Examination(str(path)))).pitch_hz == pytest.approx(110, rel=0.15)


async def test_overdriven_speech_is_refused(pool: WorkerPool, tmp_path: Path) -> None:
    samples, rate = await spoken(pool)
    path = tmp_path / "loud.wav"
    path.write_bytes(wav(0.7 * np.clip(12 * samples, -1, 1), rate))
    with pytest.raises(ClipRejected, match=r"overdriven, \d+\.\d% .* less gain"):
        await pool.examine(Examination(str(path)))


async def test_a_missing_file_is_refused(pool: WorkerPool, tmp_path: Path) -> None:
    with pytest.raises(ClipRejected, match="cannot be opened"):
        await pool.examine(Examination(str(tmp_path / "nothing")))


@pytest.mark.timeout(240)  # five seconds of work, at the lowest priority
async def test_ten_minutes_are_looked_at_in_bounded_time(pool: WorkerPool, tmp_path: Path) -> None:
    """Of which only so much is searched as has enough speech."""
    samples, rate = await spoken(pool, text=TEXT * 2)
    path = tmp_path / "long.flac"
    path.write_bytes(recorded(np.resize(samples, 600 * rate), Form("flac", "flac", rate)))
    finding = await pool.examine(Examination(str(path)))
    assert finding.seconds == pytest.approx(600, abs=0.1)
    assert 60 <= finding.speech_seconds < 90
    assert finding.pitch_hz == pytest.approx(110, rel=0.1)


# --- what may go wrong --------------------------------------------------------------------------------


async def test_one_that_is_killed_is_taken_up_by_another(pool: WorkerPool, long_clip: str) -> None:
    task = asyncio.create_task(pool.examine(Examination(long_clip)))
    await until(lambda: pool.examiners)
    (killed,) = pool.examiners
    os.kill(killed, signal.SIGKILL)
    finding = await task
    assert finding.pitch_hz == pytest.approx(110, rel=0.1)
    await until(lambda: not psutil.pid_exists(killed))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
async def test_one_that_is_killed_twice_ends_in_a_typed_error(
    pool: WorkerPool, long_clip: str, how: signal.Signals
) -> None:
    workers = pool.processes
    task = asyncio.create_task(pool.examine(Examination(long_clip)))
    killed: set[int] = set()
    while len(killed) < 2:
        await until(lambda: set(pool.examiners) - killed)
        for pid in set(pool.examiners) - killed:
            os.kill(pid, how)
            killed.add(pid)
    with pytest.raises(EngineCrashed):
        await task
    assert set(workers) <= set(pool.processes), "no speaker is touched"
    assert not pool.examiners


async def test_one_that_hangs_is_ended(clip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("myna.engines.link._STARTING", 1.0)  # they are stopped before they are up
    pool = WorkerPool(workers=1, examining_deadline=0.7)
    task = asyncio.create_task(pool.examine(Examination(clip)))
    stopped: set[int] = set()
    while len(stopped) < 2:
        await until(lambda: set(pool.examiners) - stopped)
        for pid in set(pool.examiners) - stopped:
            os.kill(pid, signal.SIGSTOP)
            stopped.add(pid)
    with pytest.raises((EngineTimeout, EngineCrashed)):
        await task
    await pool.aclose()
    assert not any(psutil.pid_exists(pid) for pid in stopped)


async def test_a_cancelled_one_ends_at_once(pool: WorkerPool, long_clip: str) -> None:
    task = asyncio.create_task(pool.examine(Examination(long_clip)))
    await until(lambda: pool.examiners)
    (pid,) = pool.examiners
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not pool.examiners
    await until(lambda: not psutil.pid_exists(pid))
    assert (await spoken(pool))[1]


async def test_closing_ends_them(long_clip: str) -> None:
    pool = WorkerPool(workers=2)
    tasks = [asyncio.create_task(pool.examine(Examination(long_clip))) for _ in range(3)]
    await until(lambda: pool.examiners)
    pids = pool.examiners
    await pool.aclose()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, EngineCrashed) for result in results), results
    assert not any(psutil.pid_exists(pid) for pid in pids)
    with pytest.raises(UsageError, match="closed"):
        await pool.examine(Examination(long_clip))


async def test_some_run_at_once_and_the_others_wait(clip: str) -> None:
    pool = WorkerPool(workers=3)
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, len(pool.examiners))
            await asyncio.sleep(0.005)

    watching = asyncio.create_task(watch())
    findings = await asyncio.gather(*(pool.examine(Examination(clip)) for _ in range(4)))
    watching.cancel()
    assert len({finding.likeness for finding in findings}) == 1
    assert most == 2
    await pool.aclose()


async def test_too_many_are_refused(
    pool: WorkerPool, long_clip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examiners, "_BACKLOG", 2)
    tasks = [asyncio.create_task(pool.examine(Examination(long_clip))) for _ in range(4)]
    done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    (refused,) = done
    with pytest.raises(Overloaded) as caught:
        refused.result()
    assert caught.value.retry_after
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert not pool.examiners


async def test_speech_goes_on_meanwhile(pool: WorkerPool, long_clip: str) -> None:
    task = asyncio.create_task(pool.examine(Examination(long_clip)))
    await until(lambda: pool.examiners)
    for _ in range(5):
        assert (await spoken(pool))[1]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_it_ends_with_the_process_that_asked(tmp_path: Path, long_clip: str) -> None:
    script = (
        "import asyncio, sys\n"
        "from myna.engines.pool import WorkerPool\n"
        "from myna.engines.protocols import Examination\n"
        "async def main():\n"
        "    pool = WorkerPool(workers=1)\n"
        f"    task = asyncio.create_task(pool.examine(Examination({long_clip!r})))\n"
        "    while not pool.examiners: await asyncio.sleep(0.01)\n"
        "    print(*pool.examiners, flush=True)\n"
        "    await task\n"
        "asyncio.run(main())\n"
    )
    root = str(Path(myna.__file__).parents[1])
    parent = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": root}
    )
    try:
        assert parent.stdout is not None
        pid = int(await asyncio.to_thread(parent.stdout.readline))
    finally:
        parent.kill()
        parent.communicate()

    def ended() -> bool:
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    await until(ended)
