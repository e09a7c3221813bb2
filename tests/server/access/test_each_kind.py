"""Keys at a server over each kind of library, and clients that are killed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import websockets

from myna.library import Library
from myna.server.settings import Settings
from myna.speech.access import KeyLimits
from myna.speech.errors import Overloaded
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import Running, serve_here
from tests.library.conftest import no_proxy, place, postgresql, s3
from tests.library.place import Place
from tests.server.conftest import until

__all__ = ["no_proxy", "place", "postgresql", "s3"]

VANISHING = textwrap.dedent("""
    import json, sys, time
    from websockets.sync.client import connect
    url, secret, text = sys.argv[1:]
    body = {"model_id": "sonic-3", "voice": "Ada", "context_id": "a", "transcript": text,
            "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 16000}}
    with connect(f"{url}/tts/websocket?api_key={secret}", proxy=None) as socket:
        socket.send(json.dumps(body))
        socket.recv()
        print("speaking", flush=True)
        time.sleep(600)
""")


@pytest.fixture
def library(place: Place) -> Iterator[Library]:
    """The library as the server has it open."""
    with place.open(serving=True) as opened:
        yield opened


async def test_made_used_and_revoked(place: Place, library: Library, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    with place.open() as keeper:
        async with (
            serve_here(ScriptedProvider(), settings, library) as server,
            httpx.AsyncClient(base_url=server.url, trust_env=False) as http,
        ):
            assert (await http.get("/voices")).status_code == 200
            key, secret = keeper.keys.create("k")
            shown = {"x-api-key": secret}
            assert (await http.get("/voices")).status_code == 401
            assert (await http.get("/voices", headers=shown)).status_code == 200
            url = f"{server.ws_url}/tts/websocket?api_key={secret}"
            async with websockets.connect(url, proxy=None) as socket:
                keeper.keys.revoke(key.id)
                assert (await http.get("/voices", headers=shown)).status_code == 401
                with pytest.raises(websockets.ConnectionClosedError) as closed:
                    await asyncio.wait_for(socket.recv(), 30)
                assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008
        (used,) = keeper.usage.of(key.id, key.created_at.date())
        assert used.requests == 2


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder without a library."""
    return tmp_path / "here"


@pytest.fixture
def folder(data: Path) -> Iterator[Library]:
    """A library in a folder."""
    with Library.open(data, serving=True) as opened:
        yield opened


async def test_clients_that_are_killed_free_their_places(data: Path, folder: Library) -> None:
    _, secret = folder.keys.create("three", limits=KeyLimits(contexts=3, sockets=3))
    provider = ScriptedProvider(Script(stalls=frozenset({"wait"})))
    async with serve_here(provider, Settings(data=data), folder) as server:
        for _ in range(2):
            command = [sys.executable, "-c", VANISHING, server.ws_url, secret, "one wait"]
            clients = [
                await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE) for _ in range(3)
            ]
            for client in clients:
                assert client.stdout is not None
                assert await asyncio.wait_for(client.stdout.readline(), 30) == b"speaking\n"
            assert (server.house.admission.contexts, server.house.sockets) == (3, 3)
            await _is_full(server, secret)
            for client in clients:
                client.kill()
                await client.communicate()
            await until(lambda: not server.house.admission.present)
            assert (server.house.admission.contexts, server.house.sockets, provider.live) == (0, 0, 0)


async def _is_full(server: Running, secret: str) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(f"{server.ws_url}/tts/websocket?api_key={secret}", proxy=None)
    assert refused.value.response.status_code == 429


async def test_a_library_out_of_reach_closes_no_sockets(
    data: Path, folder: Library, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    key, secret = folder.keys.create("k")
    asked = 0
    get_really = folder.keys.get

    def away(id: str) -> None:
        nonlocal asked
        asked += 1
        raise Overloaded("out of reach")

    async with serve_here(ScriptedProvider(), Settings(data=data), folder) as server:
        async with websockets.connect(
            f"{server.ws_url}/tts/websocket?api_key={secret}", proxy=None
        ) as socket:
            monkeypatch.setattr(folder.keys, "get", away)
            folder.keys.create("something new")
            await until(lambda: asked >= 3)
            await asyncio.wait_for(await socket.ping(), 20)
            told = [record for record in caplog.records if "looked after" in record.getMessage()]
            assert len(told) == 1, "said once, not every time"
            monkeypatch.setattr(folder.keys, "get", get_really)
            folder.keys.revoke(key.id)
            with pytest.raises(websockets.ConnectionClosedError):
                await asyncio.wait_for(socket.recv(), 20)
