"""A server with a scripted voice for every test that asks, and sockets to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import websockets

from myna.server.settings import Limits, Settings
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import Running, serve_here

RAW = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 16000}
LATEST = "2026-08-14"


@pytest.fixture
def script(request: pytest.FixtureRequest) -> Script:
    return getattr(request, "param", Script())


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> Settings:
    return getattr(request, "param", Settings(limits=Limits(drain_seconds=5.0)))


@pytest.fixture
def provider(script: Script) -> ScriptedProvider:
    return ScriptedProvider(script)


@pytest.fixture
async def server(provider: ScriptedProvider, settings: Settings) -> AsyncIterator[Running]:
    async with serve_here(provider, settings) as running:
        yield running


@pytest.fixture
async def http(server: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=10, trust_env=False, verify=False) as client:
        yield client


def body(voice: object = "Ada", **fields: Any) -> dict[str, Any]:
    """A request that works, with changes; a field of None is left out."""
    known = {"model_id": "sonic-3", "transcript": "Hello there.", "voice": voice, "output_format": RAW}
    return {name: value for name, value in {**known, **fields}.items() if value is not None}


async def until(true: Callable[[], bool]) -> None:
    """Wait for something; a minute without it is the failure."""
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


class Talk:
    """A WebSocket that speaks JSON."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket

    async def say(self, **fields: Any) -> None:
        await self.socket.send(json.dumps(body(**fields)))

    async def send(self, **fields: Any) -> None:
        await self.socket.send(json.dumps(fields))

    async def hear(self) -> dict[str, Any]:
        return json.loads(await asyncio.wait_for(self.socket.recv(), 10))

    async def hear_until(self, kind: str, context_id: str | None = "a") -> list[dict[str, Any]]:
        """All messages up to the first of this kind in this context."""
        heard = []
        while True:
            heard.append(await self.hear())
            if heard[-1]["type"] == kind and heard[-1]["context_id"] == context_id:
                return heard


@pytest.fixture
async def talk(server: Running) -> AsyncIterator[Talk]:
    async with websockets.connect(
        f"{server.ws_url}/tts/websocket?cartesia_version={LATEST}", proxy=None
    ) as socket:
        yield Talk(socket)
