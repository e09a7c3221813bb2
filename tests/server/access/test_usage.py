"""What is used is counted for its key, given to the library in batches, and never lost while it runs."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import websockets

from myna.library import Library
from myna.server.access.tally import Tally
from myna.server.settings import Settings
from myna.speech.access import Usage
from myna.speech.errors import Overloaded
from myna.testing.changing import Disguise
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import serve_here
from tests.server.conftest import body, until

WORD = Script(word_seconds=0.25)
YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)


async def test_everything_is_counted_by_the_end(data: Path, keeper: Library) -> None:
    key, secret = keeper.keys.create("counted")
    _, other = keeper.keys.create("other")
    shown = {"x-api-key": secret}
    async with serve_here(ScriptedProvider(WORD), Settings(data=data), keeper) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            for path in ("/tts/bytes", "/tts/sse"):
                assert (await http.post(path, json=body(transcript="one two"), headers=shown)).is_success
            await http.get("/voices", headers=shown)
            await http.get("/voices", headers={"x-api-key": other})
            await http.get("/voices", headers={"x-api-key": "wrong"})
        url = f"{server.ws_url}/tts/websocket?api_key={secret}"
        async with websockets.connect(url, proxy=None) as socket:
            await socket.send(json.dumps(body(context_id="a", transcript="three ", **{"continue": True})))
            await socket.send(json.dumps(body(context_id="a", transcript="four")))
            while not json.loads(await asyncio.wait_for(socket.recv(), 20))["done"]:
                pass
    (used,) = keeper.usage.of(key.id, YESTERDAY)
    assert (used.requests, used.characters) == (5, 7 + 7 + 6 + 4)
    assert used.audio_seconds == pytest.approx(6 * 0.25, abs=0.01)
    at = keeper.keys.get(key.id).last_used_at
    assert at is not None and datetime.now(UTC) - at < timedelta(minutes=5)
    assert [each.requests for each in keeper.usage.of(None, YESTERDAY)] == []


async def test_without_keys_it_is_counted_too(data: Path, keeper: Library) -> None:
    async with serve_here(ScriptedProvider(WORD), Settings(data=data), keeper) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            await http.post("/tts/bytes", json=body(transcript="one two"))
    (used,) = keeper.usage.of(None, YESTERDAY)
    assert (used.requests, used.characters) == (1, 7)


async def test_what_the_library_does_not_take_is_tried_again(
    keeper: Library, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tally = Tally(keeper)
    key, _ = keeper.keys.create("k")
    add = keeper.usage.add

    def busy(rows: list[Usage]) -> None:
        tally.add(key.id, requests=10)  # it goes on meanwhile
        raise Overloaded("busy")

    monkeypatch.setattr(keeper.usage, "add", busy)
    tally.add(key.id, requests=1, characters=5)
    await tally.keep()
    await tally.keep()
    assert keeper.usage.of(key.id, YESTERDAY) == []
    assert keeper.keys.get(key.id).last_used_at is None
    assert [record.levelname for record in caplog.records] == ["WARNING"], "once, not at every try"
    monkeypatch.setattr(keeper.usage, "add", add)
    await tally.keep()
    await tally.keep()
    assert [(each.requests, each.characters) for each in keeper.usage.of(key.id, YESTERDAY)] == [(21, 5)]
    assert keeper.keys.get(key.id).last_used_at is not None


async def test_a_use_is_kept_while_the_server_runs(data: Path, keeper: Library) -> None:
    key, secret = keeper.keys.create("k")
    async with serve_here(ScriptedProvider(WORD), Settings(data=data), keeper) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            await http.get("/voices", headers={"x-api-key": secret})
        await until(lambda: bool(keeper.usage.of(key.id, YESTERDAY)))
        await until(lambda: keeper.keys.get(key.id).last_used_at is not None)


async def test_what_was_listened_to_is_counted_until_the_key_is_revoked(data: Path, keeper: Library) -> None:
    key, secret = keeper.keys.create("ear", scopes=["stt"])
    _, speaker = keeper.keys.create("mouth", scopes=["tts"])
    query = "model=ink-2&encoding=pcm_s16le&sample_rate=8000"
    async with serve_here(ScriptedProvider(), Settings(data=data), keeper) as server:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(f"{server.ws_url}/stt/websocket?{query}&api_key={speaker}", proxy=None)
        assert refused.value.response.status_code == 403
        async with websockets.connect(
            f"{server.ws_url}/stt/websocket?{query}&api_key={secret}", proxy=None
        ) as socket:
            await socket.send(bytes(16000) * 3)
            await socket.send("finalize")
            assert json.loads(await asyncio.wait_for(socket.recv(), 20))["type"] == "flush_done"
            keeper.keys.revoke(key.id)
            with pytest.raises(websockets.ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 20)
            assert (socket.close_code, socket.close_reason) == (1008, "this API key is no longer good")
    (used,) = keeper.usage.of(key.id, YESTERDAY)
    assert (used.requests, used.audio_seconds, used.heard_seconds) == (1, 0.0, pytest.approx(3.0))


async def test_what_was_changed_is_counted_until_the_key_is_revoked(data: Path, keeper: Library) -> None:
    key, secret = keeper.keys.create("mask", scopes=["tts"])
    _, deaf = keeper.keys.create("ear", scopes=["stt"])
    query = "voice=Ada&encoding=pcm_s16le&sample_rate=8000&output=binary"
    provider = ScriptedProvider(Script(disguise=Disguise(delay=0.05)))
    async with (
        serve_here(provider, Settings(data=data), keeper) as server,
        httpx.AsyncClient(base_url=server.url, trust_env=False) as http,
    ):
        url = f"{server.ws_url}/voice-changer/websocket?{query}&api_key="
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(f"{url}{deaf}", proxy=None)
        assert refused.value.response.status_code == 403
        async with websockets.connect(f"{url}{secret}", proxy=None) as socket:
            await socket.send(bytes(16000) * 60)
            await asyncio.wait_for(socket.recv(), 20)
            parts = {
                "voice[id]": "Ada", "output_format[container]": "raw", "encoding": "pcm_s16le",
                "output_format[encoding]": "pcm_s16le", "output_format[sample_rate]": "8000",
                "sample_rate": "8000",
            }  # fmt: skip
            shown, clip = {"x-api-key": secret}, {"clip": bytes(16000) * 60}
            async with http.stream(
                "POST", "/voice-changer/bytes", headers=shown, data=parts, files=clip
            ) as going:
                assert going.status_code == 200
                keeper.keys.revoke(key.id)
                with pytest.raises(httpx.RemoteProtocolError):
                    await asyncio.wait_for(going.aread(), 20)
            with pytest.raises(websockets.ConnectionClosed):
                while True:
                    await asyncio.wait_for(socket.recv(), 20)
            assert (socket.close_code, socket.close_reason) == (1008, "this API key is no longer good")
        await until(lambda: not server.house.admission.contexts)
        assert provider.changings[0].ended
    (used,) = keeper.usage.of(key.id, YESTERDAY)
    assert used.requests == 2 and 0 < used.audio_seconds < 60 and used.heard_seconds == 0.0
