"""The server with real engines, when workers die and clients vanish."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from collections.abc import AsyncIterator
from typing import Any

import httpx
import psutil
import pytest
import websockets

from myna.providers.local import LocalProvider
from myna.testing.server import Running, serve_here

RAW = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 22050}
LONG = "The quick brown fox jumps over the lazy dog, and then it goes home to sleep. " * 6


@pytest.fixture
async def provider() -> AsyncIterator[LocalProvider]:
    provider = LocalProvider(workers=2)
    yield provider
    await provider.aclose()


@pytest.fixture
async def server(provider: LocalProvider) -> AsyncIterator[Running]:
    async with serve_here(provider) as running:
        yield running


def request(context_id: str, text: str = "Hello there.", **fields: Any) -> str:
    known = {"model_id": "espeak", "voice": "Wren", "language": "en", "output_format": RAW}
    return json.dumps({**known, "context_id": context_id, "transcript": text, **fields})


async def settled(server: Running, provider: LocalProvider) -> None:
    """Wait until nobody speaks and every worker is free; a minute without it is the failure."""
    async with asyncio.timeout(60):
        while not (server.house.quiet and provider.pool is not None and provider.pool.busy == 0):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def ends(socket: websockets.ClientConnection, count: int) -> dict[str, str]:
    """How so many contexts ended, by their id."""
    ended: dict[str, str] = {}
    while len(ended) < count:
        message = json.loads(await asyncio.wait_for(socket.recv(), 30))
        if message["done"]:
            assert message["context_id"] not in ended, "two ends of one context"
            ended[message["context_id"]] = message["type"]
    return ended


async def test_killed_workers_cost_at_most_their_own_utterances(
    server: Running, provider: LocalProvider
) -> None:
    async with websockets.connect(f"{server.ws_url}/tts/websocket", proxy=None) as socket:
        ids = [f"c{number}" for number in range(8)]
        for id in ids:
            await socket.send(request(id, LONG))
        await asyncio.wait_for(socket.recv(), 30)
        assert provider.pool is not None
        killed = provider.pool.processes
        for process in killed:
            os.kill(process, signal.SIGKILL)
        ended = await ends(socket, len(ids))
        assert set(ended.values()) <= {"done", "error"}
        assert list(ended.values()).count("error") <= 2, "a dead worker takes no more than its own utterance"
        await socket.send(request("after"))
        assert await ends(socket, 1) == {"after": "done"}
    await settled(server, provider)
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, verify=False) as http:
        metrics = (await http.get("/metrics")).text
    assert f"myna_worker_restarts {len(killed)}.0" in metrics


async def test_clients_that_vanish_and_cancel_leave_nothing(server: Running, provider: LocalProvider) -> None:
    dice = random.Random(7)

    async def visit(number: int) -> None:
        fate = dice.random()
        async with websockets.connect(f"{server.ws_url}/tts/websocket", proxy=None) as socket:
            await socket.send(request("a", LONG if fate < 0.4 else "Hello there."))
            if fate < 0.1:
                await asyncio.wait_for(socket.recv(), 30)
                socket.transport.abort()
                return
            if fate < 0.4:
                await socket.send(json.dumps({"context_id": "a", "cancel": True}))
            assert await ends(socket, 1) == {"a": "done"}

    async def round_of(count: int) -> None:
        for start in range(0, count, 5):
            await asyncio.gather(*(visit(start + number) for number in range(5)))
        await settled(server, provider)

    await round_of(20)
    process = psutil.Process()
    files, tasks = process.num_fds(), len(asyncio.all_tasks())
    await round_of(60)
    assert process.num_fds() <= files + 2
    assert len(asyncio.all_tasks()) <= tasks + 1


async def test_a_request_that_is_given_up_frees_its_worker(server: Running, provider: LocalProvider) -> None:
    body = {"model_id": "espeak", "voice": "Wren", "transcript": LONG * 50, "output_format": RAW}
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, verify=False) as http:
        for path in ("/tts/bytes", "/tts/sse"):
            async with http.stream("POST", path, json=body) as response:
                assert response.status_code == 200
                async for _ in response.aiter_raw():
                    break
            await settled(server, provider)
