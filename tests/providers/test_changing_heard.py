"""Voices changed by the real engines, from bytes that come in to audio that goes out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray

from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.world.changing.target import Target, measure
from myna.providers.local.preview import wav_of
from myna.providers.local.provider import LocalProvider
from myna.speech.access import LOCAL
from myna.speech.changing import ChangeRequest, ConversionRequest
from myna.speech.events import AudioChunk, Done
from myna.speech.listening import InputFormat, Progress
from myna.speech.requests import SpeechRequest
from myna.speech.voices import VoiceChoice

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE, TARGET = VoiceChoice("Calloway"), VoiceChoice("Wren")
TEXT = "The weather was fine in the morning, and we walked along the river to the old mill."
Samples = NDArray[np.float32]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def provider(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalProvider]:
    provider = LocalProvider(workers=1, data=tmp_path_factory.mktemp("data"))
    yield provider
    await provider.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clip(provider: LocalProvider, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "clip.wav"
    path.write_bytes(await wav_of(provider.speak(SpeechRequest(voice=SOURCE)), TEXT))
    return path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def raw(provider: LocalProvider, clip: Path) -> Samples:
    from myna.audio.decoding import decode

    return np.concatenate(list(decode(str(clip), CHANGING_RATE, most_seconds=60)))


def joined(events: list[object]) -> Samples:
    chunks = [event for event in events if isinstance(event, AudioChunk)]
    return np.concatenate([chunk.samples for chunk in chunks])


async def is_nearer(provider: LocalProvider, before: Samples, after: Samples) -> None:
    """It is as long as before, silent where that was, and has the pitch of the other voice."""
    assert len(after) == len(before)
    assert np.isfinite(after).all()
    goal = Target.unpacked(await provider.target(TARGET, LOCAL)).pitch
    assert abs(measure(after[CHANGING_RATE:]).pitch - goal) < 0.4 * abs(measure(before).pitch - goal)
    quiet = np.abs(before[: CHANGING_RATE // 20]).max()
    assert np.abs(after[: CHANGING_RATE // 40]).max() <= max(2 * quiet, 1e-3)


@pytest.mark.parametrize("whole", [True, False])
async def test_a_recording_gets_another_voice(
    provider: LocalProvider, clip: Path, raw: Samples, whole: bool
) -> None:
    events: list[object] = [
        event async for event in provider.convert(ConversionRequest(TARGET, clip, whole=whole))
    ]
    await is_nearer(provider, raw, joined(events))
    seconds = round(len(raw) / CHANGING_RATE, 3)
    assert events[-1] == Progress(seconds, seconds)


async def test_a_live_stream_gets_another_voice(provider: LocalProvider, raw: Samples) -> None:
    stream = provider.change(ChangeRequest(TARGET, InputFormat("pcm_f32le", CHANGING_RATE)))

    async def read() -> list[object]:
        return [event async for event in stream.events()]

    reading = asyncio.create_task(read())
    data = raw.astype("<f4").tobytes()
    for start in range(0, len(data), 4001):
        await stream.feed(data[start : start + 4001])
    await stream.finish()
    async with asyncio.timeout(60):
        events = await reading
    assert isinstance(events[-1], Done)
    await is_nearer(provider, raw, joined(events))
