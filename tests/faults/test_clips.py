"""Recordings made to do harm: what they cost, and what they do not."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import struct
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from myna.engines.pool import WorkerPool
from myna.engines.protocols import Examination, Pcm, Utterance
from myna.speech.errors import ClipRejected, EngineError
from tests.audio.recordings import Form, film, recorded, tone, wav
from tests.engines.desk import MAN

pytestmark = pytest.mark.usefixtures("no_tasks_left", "no_leaks")

TEXT = "The ferry leaves at nine in the morning, and the crossing takes a little under two hours."


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(workers=3)
    await pool.start()
    yield pool
    await pool.aclose()


async def refused(pool: WorkerPool, path: Path) -> None:
    with pytest.raises((ClipRejected, EngineError)):
        await pool.examine(Examination(str(path)))


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of an MP4 file."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def crowded_index() -> bytes:
    """An MP4 file of 400 bytes whose index promises two thousand million samples."""
    entry = box(b"sowt", bytes(6), struct.pack(">HHIIHHHHI", 1, 0, 0, 0, 1, 16, 0, 0, 16_000 << 16))
    table = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), entry),
        box(b"stts", struct.pack(">IIII", 0, 1, 0x7FFFFFFF, 1)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)),
        box(b"stsz", struct.pack(">III", 0, 2, 0x7FFFFFFF)),
        box(b"stco", struct.pack(">III", 0, 1, 0)),
    )
    media = box(
        b"mdia",
        box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, 16_000, 0x7FFFFFFF, 0, 0)),
        box(b"hdlr", struct.pack(">II4s", 0, 0, b"soun"), bytes(13)),
        box(b"minf", box(b"smhd", bytes(8)), table),
    )
    header = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, 0x7FFFFFFF), bytes(80))
    track = box(b"trak", box(b"tkhd", struct.pack(">IIIII", 7, 0, 0, 1, 0), bytes(64)), media)
    return box(b"ftyp", b"M4A \0\0\0\0M4A ") + box(b"moov", header, track)


async def test_a_small_file_that_goes_on_and_on_costs_bounded_time_and_memory(
    pool: WorkerPool, tmp_path: Path
) -> None:
    path = tmp_path / "hours.flac"
    path.write_bytes(recorded(np.zeros(1200 * 8_000, dtype=np.float32), Form("flac", "flac", 8_000)))
    most = 0
    task = asyncio.create_task(pool.examine(Examination(str(path))))
    while not task.done():
        for pid in pool.examiners:
            try:
                most = max(most, psutil.Process(pid).memory_info().rss)
            except psutil.NoSuchProcess:
                continue
        await asyncio.sleep(0.01)
    with pytest.raises(ClipRejected, match="longer than 10 minutes"):
        task.result()
    assert most < 400 << 20


async def test_an_index_that_promises_thousands_of_millions(pool: WorkerPool, tmp_path: Path) -> None:
    path = tmp_path / "index.m4a"
    path.write_bytes(crowded_index())
    await refused(pool, path)


async def test_nothing_is_fetched_and_no_other_file_is_read(pool: WorkerPool, tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(wav(tone(5.0, 16_000)))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/secret.wav"
        lists = [
            f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n"
            for target in (address, f"file://{secret}", str(secret))
        ]
        lists += [f"ffconcat version 1.0\nfile '{target}'\n" for target in (address, secret)]
        for number, text in enumerate(lists):
            path = tmp_path / f"{number}.wav"
            path.write_text(text)
            with pytest.raises(ClipRejected, match="can be read"):
                await pool.examine(Examination(str(path)))
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize("source", ["http://127.0.0.1:9/a.wav", "concat:a|b", "/dev/zero", "", "a\0b"])
async def test_a_path_is_only_a_path(pool: WorkerPool, source: str) -> None:
    with pytest.raises(ClipRejected):
        await pool.examine(Examination(source))


async def test_films_pipes_and_folders(pool: WorkerPool, tmp_path: Path) -> None:
    silent = tmp_path / "silent.mp4"
    silent.write_bytes(film(sound=False))
    with pytest.raises(ClipRejected, match="no sound"):
        await pool.examine(Examination(str(silent)))
    await refused(pool, tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        await refused(pool, tmp_path / "pipe")


async def test_speech_lives_while_broken_files_are_examined(pool: WorkerPool, tmp_path: Path) -> None:
    """Files with random bytes in them end in a finding or a typed error, and touch nobody who speaks."""
    workers, threads, chance = set(pool.processes), set(threading.enumerate()), random.Random(11)
    forms = (Form("mp3", "mp3", 16_000), Form("ipod", "aac", 16_000), Form("ogg", "libopus", 48_000))
    forms += (Form("flac", "flac", 16_000), Form("webm", "libopus", 48_000), Form("wav", "adpcm_ms", 22_050))
    tasks = []
    for number in range(12):
        form = forms[number % len(forms)]
        data = bytearray(recorded(tone(2.0, form.rate), form))
        for _ in range(chance.choice((3, 50))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path = tmp_path / str(number)
        path.write_bytes(bytes(data))
        tasks.append(asyncio.create_task(pool.examine(Examination(str(path)))))
    while not all(task.done() for task in tasks):
        spoken = [event async for event in pool.synthesize("espeak", Utterance(TEXT, "en-US", MAN))]
        assert any(isinstance(event, Pcm) for event in spoken)
        await asyncio.sleep(0.02)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, ClipRejected) for result in results), results
    assert workers <= set(pool.processes)
    assert pool.restarts == 0
    assert not pool.examiners
    assert len(set(threading.enumerate()) - threads) < 10


async def test_examiners_that_never_come_up_are_reported(
    pool: WorkerPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("myna.engines.examiners.EXAMINER", "myna.engines.nothing")
    path = tmp_path / "clip.wav"
    path.write_bytes(wav(tone(2.0, 16_000)))
    with pytest.raises(EngineError, match="ended unexpectedly"):
        await pool.examine(Examination(str(path)))
    assert not pool.examiners
