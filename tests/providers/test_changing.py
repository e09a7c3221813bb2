"""Changing voices with the provider of this machine: which voice is meant, what the engine is asked for."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from myna.engines.changers import Changers
from myna.engines.changing.protocols import Conversion, Measuring
from myna.engines.pool import WorkerPool
from myna.library import Library
from myna.providers.local import catalogue, changing
from myna.providers.local.provider import LocalProvider
from myna.speech.access import Caller
from myna.speech.changing import ChangeRequest, ConversionRequest
from myna.speech.errors import (
    EngineError,
    InvalidRequest,
    UnsupportedFormat,
    UsageError,
    VoiceNotFound,
)
from myna.speech.events import AudioChunk, Done, Failed
from myna.speech.listening import InputFormat, Progress
from myna.speech.voices import Likeness, Provenance, Voice, VoiceChoice
from tests.audio.recordings import wav
from tests.engines.changing.program import NAME
from tests.providers.pools import TonePool

pytestmark = pytest.mark.usefixtures("no_tasks_left", "no_leaks")

WREN = VoiceChoice("Wren")
FORMAT = InputFormat("pcm_s16le", 8000)
ME = Caller("me")
CLIP = wav((0.3 * np.sin(np.arange(32000) / 9)).astype(np.float32), 16000)


@pytest.fixture
def tones() -> TonePool:
    return TonePool()


@pytest.fixture
async def provider(library: Library, tones: TonePool) -> AsyncIterator[LocalProvider]:
    provider = LocalProvider(pool=tones, library=library)
    yield provider
    await provider.aclose()


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(workers=1, changers=Changers(live=2, recordings=1, program=NAME))
    yield pool
    await pool.aclose()


def cloned(library: Library, tmp_path: Path, *, owner: str = "me") -> Voice:
    (tmp_path / "clip").write_bytes(CLIP)
    wren = catalogue.find("Wren")
    voice = replace(
        wren,
        id=f"clone-{owner}",
        name="Clone",
        aliases=(),
        owner=owner,
        is_public=False,
        likeness=Likeness(wren.embedding),
        provenance=Provenance(owner, datetime.now(UTC), "0" * 64, consent=True),
    )
    return library.voices.add(voice, clip=tmp_path / "clip")


def seconds(recording: bytes) -> float:
    with wave.open(io.BytesIO(recording)) as file:
        return file.getnframes() / file.getframerate()


async def test_a_built_in_voice_is_measured_from_what_it_says(
    provider: LocalProvider, tones: TonePool
) -> None:
    assert await provider.target(WREN, ME) == b"target 1"
    (recording,) = tones.measured
    assert seconds(recording) > 5
    (asked,) = (asked for asked in tones.changed if isinstance(asked, Measuring))
    assert not await asyncio.to_thread(Path(asked.path).exists), "it is kept in memory only"
    assert await provider.target(VoiceChoice(catalogue.find("Wren").id), ME) == b"target 1"
    assert await provider.target(VoiceChoice("Robin"), ME) == b"target 2"


async def test_it_says_that_it_changes_voices(provider: LocalProvider) -> None:
    assert provider.capabilities("sonic-3", "en").changes
    assert not provider.capabilities("nothing", "en").changes


async def test_a_clone_is_measured_from_its_clip(
    provider: LocalProvider, tones: TonePool, library: Library, tmp_path: Path
) -> None:
    voice = cloned(library, tmp_path)
    await provider.target(VoiceChoice(voice.id), ME)
    assert tones.measured == [CLIP]
    assert not tones.said
    await provider.target(VoiceChoice("clone"), ME)
    assert tones.measured == [CLIP]
    with pytest.raises(VoiceNotFound):
        await provider.target(VoiceChoice(voice.id), Caller("somebody else"))


async def test_a_clone_whose_clip_is_gone_is_measured_from_what_it_says(
    provider: LocalProvider, tones: TonePool, library: Library, tmp_path: Path
) -> None:
    voice = cloned(library, tmp_path)
    for file in (tmp_path / "data" / "clips").rglob("*"):
        if await asyncio.to_thread(file.is_file):
            file.unlink()
    await provider.target(VoiceChoice(voice.id), ME)
    assert tones.said


async def test_an_embedding_is_a_voice_as_well(provider: LocalProvider, tones: TonePool) -> None:
    vector = tuple(number * 0.9 for number in catalogue.find("Wren").embedding)
    assert await provider.target(VoiceChoice(embedding=vector), ME) == b"target 1"
    assert await provider.target(VoiceChoice(embedding=vector), ME) == b"target 1"
    other = tuple(number * 0.8 for number in vector)
    assert await provider.target(VoiceChoice(embedding=other), ME) == b"target 2"
    with pytest.raises(InvalidRequest):
        await provider.target(VoiceChoice(embedding=(1.0, 2.0)), ME)


async def test_who_asks_for_the_same_voice_at_once_waits_for_the_same(
    provider: LocalProvider, tones: TonePool
) -> None:
    asking = [asyncio.create_task(provider.target(WREN, ME)) for _ in range(20)]
    await asyncio.sleep(0)
    asking[0].cancel()
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert set(found[1:]) == {b"target 1"}


async def test_what_fails_is_tried_again_and_only_some_are_remembered(
    provider: LocalProvider, tones: TonePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changing, "_REMEMBERED", 1)
    monkeypatch.setattr(tones, "failures", {"quick": EngineError("No.")})
    with pytest.raises(EngineError, match="No"):
        await provider.target(WREN, ME)
    monkeypatch.setattr(tones, "failures", {})
    for count, name in enumerate(("Wren", "Wren", "Robin", "Wren")):
        expected = max(count, 1)
        assert await provider.target(VoiceChoice(name), ME) == f"target {expected}".encode()


async def test_a_recording_is_converted_as_asked(
    provider: LocalProvider, tones: TonePool, tmp_path: Path
) -> None:
    path = tmp_path / "clip.raw"
    request = ConversionRequest(WREN, path, FORMAT, whole=False, caller=ME)
    events = [event async for event in provider.convert(request)]
    assert [type(event) for event in events] == [AudioChunk, Progress]
    (asked,) = (asked for asked in tones.changed if isinstance(asked, Conversion))
    assert (asked.path, asked.target, asked.format, asked.whole) == (str(path), b"target 1", FORMAT, False)


async def test_what_is_wrong_is_said_before_anything_is_done(provider: LocalProvider, tmp_path: Path) -> None:
    wrong = InputFormat("mp3", 8000)
    with pytest.raises(UnsupportedFormat):
        provider.convert(ConversionRequest(WREN, tmp_path / "a", wrong))
    with pytest.raises(UnsupportedFormat):
        provider.change(ChangeRequest(WREN, wrong))
    with pytest.raises(VoiceNotFound):
        [event async for event in provider.convert(ConversionRequest(VoiceChoice("nobody"), tmp_path / "a"))]
    await provider.aclose()
    with pytest.raises(UsageError):
        provider.change(ChangeRequest(WREN, FORMAT))
    with pytest.raises(UsageError):
        provider.convert(ConversionRequest(WREN, tmp_path / "a"))


async def test_an_unknown_voice_fails_a_live_stream(provider: LocalProvider) -> None:
    stream = provider.change(ChangeRequest(VoiceChoice("nobody"), FORMAT))
    await stream.feed(bytes(1600))
    (failed,) = [event async for event in stream.events()]
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, VoiceNotFound)
    await stream.finish()


async def test_bytes_go_in_and_audio_comes_out_as_long(
    provider: LocalProvider, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "_given", pool)
    monkeypatch.setattr(provider, "target", lambda voice, caller: asyncio.sleep(0, b""))
    sound = (0.3 * np.sin(np.arange(8000) / 5) * 32767).astype("<i2").tobytes()
    stream = provider.change(ChangeRequest(WREN, FORMAT))
    reading = asyncio.create_task(_all(stream.events()))
    for start in range(0, len(sound), 333):
        await stream.feed(sound[start : start + 333])
    await stream.finish()
    await stream.finish()
    async with asyncio.timeout(30):
        events = await reading
    assert isinstance(events[-1], Done)
    got = np.concatenate([event.samples for event in events if isinstance(event, AudioChunk)])
    assert len(got) == 16000
    assert 0.25 < np.abs(got).max() < 0.35


async def _all(events: AsyncIterator[object]) -> list[object]:
    return [event async for event in events]


@pytest.mark.parametrize("begun", [True, False])
async def test_a_stream_that_is_cancelled_while_its_voice_is_measured_ends(
    provider: LocalProvider, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    monkeypatch.setattr(provider, "target", lambda voice, caller: asyncio.sleep(3600, b""))
    stream = provider.change(ChangeRequest(WREN, FORMAT))
    reading = asyncio.create_task(_all(stream.events()))
    feeding = asyncio.create_task(stream.feed(bytes(100)))
    if begun:
        await asyncio.sleep(0.01)
    stream.cancel()
    async with asyncio.timeout(5):
        assert [type(event) for event in await reading] == [Done]
        await feeding
        await stream.finish()


async def test_closing_ends_what_is_measured(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    tones = TonePool(stalls=frozenset({"fox"}))
    provider = LocalProvider(pool=tones, library=library)
    stream = provider.change(ChangeRequest(WREN, FORMAT))
    reading = asyncio.create_task(_all(stream.events()))
    async with asyncio.timeout(10):
        await tones.stalled.wait()
        await provider.aclose()
        assert [type(event) for event in await reading] == [Done]
