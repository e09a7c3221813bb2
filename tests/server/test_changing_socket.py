"""`WS /voice-changer/websocket` over real sockets."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import numpy as np
import pytest
import websockets

from myna.server.settings import Limits, Settings
from myna.speech.errors import EngineCrashed
from myna.testing.changing import Disguise
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import Running, serve_here
from tests.server.conftest import until
from tests.server.sockets import CHANGING, connected, hear

QUERY = "voice=Ada&encoding=pcm_s16le&sample_rate=16000"
TONE = (np.sin(np.arange(16000) / 20) * 12000).astype("<i2")
SECOND = TONE.tobytes()


def audio(heard: list[Any]) -> bytes:
    return b"".join(
        each if isinstance(each, bytes) else base64.b64decode(each.get("data", "")) for each in heard
    )


async def one_second(server: Running, query: str = QUERY) -> None:
    """Another client is served all the while."""
    async with connected(server, CHANGING, query) as socket:
        await socket.send(SECOND)
        await socket.send("done")
        heard, code, _ = await hear(socket)
        assert (len(audio(heard)), code) == (len(SECOND), 1000)


async def test_messages(server: Running) -> None:
    async with connected(server, CHANGING, QUERY) as socket:
        for size in (1, 3, 1001):
            await socket.send(SECOND[:size])
        await socket.send(SECOND[1005:])
        await socket.send('"done"\n')
        heard, code, reason = await hear(socket)
    *chunks, done = heard
    assert (done["type"], done["done"], code, reason) == ("done", True, 1000, "")
    for chunk in chunks:
        assert (chunk["type"], chunk["done"], chunk["status_code"]) == ("chunk", False, 206)
        assert chunk["sample_rate"] == 16000 and chunk["step_time"] >= 0
    assert len(audio(heard)) == len(SECOND)


async def test_binary_frames(server: Running) -> None:
    async with connected(server, CHANGING, f"{QUERY}&output=binary") as socket:
        await socket.send([SECOND[:7], SECOND[7:]])
        await socket.send("done")
        *frames, done = (await hear(socket))[0]
    assert np.array_equal(np.frombuffer(b"".join(frames), "<i2"), -TONE)
    assert done == {"type": "done", "context_id": None, "status_code": 206, "done": True}


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("encoding=pcm_s16le&sample_rate=8000", 2 * 16000),
        ("encoding=pcm_mulaw&sample_rate=32000", 44100),
        ("encoding=pcm_s32le&sample_rate=8000", 2 * 8000),
        ("encoding=pcm_s16le&sample_rate=16000&output_encoding=pcm_f32le&output_sample_rate=8000", 4 * 8000),
    ],
)
async def test_formats(server: Running, query: str, size: int) -> None:
    async with connected(server, CHANGING, f"voice=Ada&{query}") as socket:
        await socket.send(SECOND)
        await socket.send("done")
        heard, code, _ = await hear(socket)
    assert (len(audio(heard)), code) == (size, 1000)


async def test_a_cancel_is_not_queued(server: Running, provider: ScriptedProvider) -> None:
    async with connected(server, CHANGING, QUERY) as socket:
        for _ in range(100):
            await socket.send(SECOND)
        await socket.send("cancel")
        heard, code, _ = await hear(socket)
    assert heard[-1]["type"] == "done" and code == 1000
    assert len(audio(heard)) < 60 * len(SECOND)
    assert provider.changings[0].ended


@pytest.mark.parametrize("script", [Script(disguise=Disguise(delay=0.2))], indirect=True)
async def test_pings_are_answered_while_audio_waits(server: Running, provider: ScriptedProvider) -> None:
    async with connected(server, CHANGING, QUERY, ping_interval=None) as socket:
        for _ in range(60):
            await socket.send(SECOND)
        pong = await socket.ping()
        async with asyncio.timeout(5):
            await pong
        assert provider.changings[0].seconds < 30.0, "half of it is not changed yet"
        socket.transport.abort()
    await until(lambda: provider.changings[0].ended and not server.house.sockets)
    assert not server.house.admission.contexts


@pytest.mark.parametrize("settings", [Settings(limits=Limits(stall_seconds=0.5))], indirect=True)
async def test_a_client_that_never_reads_is_dropped(server: Running, provider: ScriptedProvider) -> None:
    async with connected(server, CHANGING, QUERY, max_queue=1, close_timeout=0.1, ping_interval=None) as deaf:

        async def flood() -> None:
            while True:
                await deaf.send(SECOND)

        flooding = asyncio.create_task(flood())
        await one_second(server)
        await until(lambda: bool(provider.changings) and provider.changings[0].ended)
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(flooding, 20)
    await one_second(server)


@pytest.mark.parametrize(
    "script", [Script(disguise=Disguise(failure=(0.5, EngineCrashed("The process ended."))))], indirect=True
)
async def test_the_death_of_an_engine(server: Running) -> None:
    async with connected(server, CHANGING, QUERY) as socket:
        await socket.send(SECOND)
        heard, code, _ = await hear(socket)
    assert (heard[-1]["type"], heard[-1]["status_code"], code) == ("error", 500, 1011)
    assert len(audio(heard)) >= 16000


async def test_shutting_down_gives_what_is_left(provider: ScriptedProvider) -> None:
    async with serve_here(provider) as server:
        async with connected(server, CHANGING, QUERY) as socket:
            await socket.send(SECOND)
            await until(lambda: bool(provider.changings) and provider.changings[0].seconds > 0.99)
            server.house.drain()
            heard, code, reason = await hear(socket)
            assert (len(audio(heard)), heard[-1]["type"]) == (len(SECOND), "done")
            assert (code, reason) == (1001, "server shutting down")
            with pytest.raises(websockets.InvalidStatus) as refused:
                async with connected(server, CHANGING, QUERY):
                    pass
            assert refused.value.response.status_code == 503


async def test_thirty_at_once(server: Running) -> None:
    await asyncio.gather(*(one_second(server) for _ in range(30)))
    assert not server.house.admission.contexts
    numbers = server.house.metrics.text().decode()
    assert "myna_changings 0.0" in numbers and "myna_changings_begun_total 30.0" in numbers
    assert "myna_audio_seconds_total 30.0" in numbers and "myna_heard_seconds_total 0.0" in numbers
