"""Keys of the library at a server that runs: taken at once, refused at once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
import websockets

from myna.library import Library
from myna.server.settings import Limits, Settings
from myna.speech.access import KeyLimits
from myna.speech.errors import UsageError
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import Running
from tests.server.conftest import LATEST, body, until

STALLING = Script(stalls=frozenset({"wait"}))


def shows(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}", "cartesia-version": LATEST}


def socket(server: Running, secret: str | None = None) -> Any:
    headers = shows(secret) if secret else {"cartesia-version": LATEST}
    return websockets.connect(f"{server.ws_url}/tts/websocket", additional_headers=headers, proxy=None)


async def refused(connecting: Any) -> tuple[int, dict[str, Any], Any]:
    """Status, body and headers of a refused handshake."""
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with connecting:
            pass
    response = caught.value.response
    return response.status_code, json.loads(response.body or b""), response.headers


async def test_the_first_key_closes_the_door_to_everybody_else(
    http: httpx.AsyncClient, server: Running, keeper: Library
) -> None:
    assert (await http.get("/voices")).status_code == 200
    async with socket(server) as before:
        key, secret = keeper.keys.create("radio")
        assert (await http.get("/voices")).status_code == 401
        assert (await http.get("/voices", headers=shows(secret))).status_code == 200
        assert (await refused(socket(server)))[0] == 401
        with pytest.raises(websockets.ConnectionClosedError) as closed:
            await asyncio.wait_for(before.recv(), 20)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008
    keeper.keys.revoke(key.id)
    assert (await http.get("/voices")).status_code == 401, "revoking the last key must not let everybody in"


async def test_a_revoked_key_is_refused_at_once(http: httpx.AsyncClient, keeper: Library) -> None:
    for _ in range(5):
        key, secret = keeper.keys.create("short")
        assert (await http.get("/voices", headers=shows(secret))).status_code == 200
        keeper.keys.revoke(key.id)
        answer = await http.get("/voices", headers=shows(secret))
        assert (answer.status_code, answer.json()["error_code"]) == (401, "unauthorized")
        assert secret not in answer.text


@pytest.mark.parametrize("script", [STALLING], indirect=True)
async def test_what_a_revoked_key_had_begun_ends(
    server: Running, keeper: Library, provider: ScriptedProvider
) -> None:
    doomed, secret = keeper.keys.create("doomed")
    _, other = keeper.keys.create("other")
    async with socket(server, secret) as ending, socket(server, other) as staying:
        for each in (ending, staying):
            await each.send(json.dumps(body(context_id="a", transcript="wait")))
        url = f"{server.url}/tts/sse"
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            speaking = asyncio.create_task(
                client.post(url, json=body(transcript="wait"), headers=shows(secret))
            )
            begun = asyncio.create_task(
                client.post(url, json=body(transcript="one wait"), headers=shows(secret))
            )
            await until(lambda: provider.live == 4 and provider.speeches[-1].spoken_seconds > 0)
            keeper.keys.revoke(doomed.id)
            with pytest.raises(websockets.ConnectionClosedError) as closed:
                while True:
                    await asyncio.wait_for(ending.recv(), 20)
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, "no longer good" in closed.value.rcvd.reason) == (1008, True)
            await asyncio.wait({speaking, begun}, timeout=20)
            assert speaking.result().status_code == 401
            told = begun.result().text.strip().split("\n\n")[-1]
            assert begun.result().status_code == 200 and told.startswith("event: error\ndata: ")
            error = json.loads(told.partition("data: ")[2])
            assert (error["status_code"], error["done"]) == (401, True)
        await until(lambda: provider.live == 1)
        await staying.send(json.dumps({"context_id": "a", "cancel": True}))
        assert json.loads(await asyncio.wait_for(staying.recv(), 20))["type"] == "done"


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        (["tts"], {"speak": True, "list": True, "delete": False, "dictionaries": False, "tokens": False}),
        (["voices"], {"speak": False, "list": True, "delete": True, "dictionaries": False, "tokens": False}),
        (["dictionaries"], {"speak": False, "list": False, "delete": False, "dictionaries": True}),
        (["tokens"], {"speak": False, "list": False, "tokens": True}),
    ],
)
async def test_scopes(
    http: httpx.AsyncClient, server: Running, keeper: Library, scopes: list[str], allowed: dict[str, bool]
) -> None:
    _, secret = keeper.keys.create("narrow", scopes)
    calls = {
        "speak": ("POST", "/tts/bytes", body()),
        "list": ("GET", "/voices", None),
        "delete": ("DELETE", "/voices/00000000-0000-4000-8000-000000000000", None),
        "dictionaries": ("GET", "/pronunciation-dicts", None),
        "tokens": ("POST", "/access-token", {}),
    }
    for name, allow in allowed.items():
        method, path, content = calls[name]
        answer = await http.request(method, path, json=content, headers=shows(secret))
        assert (answer.status_code != 403) is allow, name
        if not allow:
            assert answer.json()["error_code"] == "forbidden"
    assert (await http.get("/metrics", headers=shows(secret))).status_code == 200
    if not allowed["speak"]:
        status, error, _ = await refused(socket(server, secret))
        assert (status, error["error_code"]) == (403, "forbidden")


async def test_callers_are_told_apart(
    http: httpx.AsyncClient, keeper: Library, provider: ScriptedProvider
) -> None:
    first, one = keeper.keys.create("one")
    second, two = keeper.keys.create("two", owner="team")
    for secret in (one, two):
        await http.post("/tts/bytes", json=body(), headers=shows(secret))
    callers = [speech.request.caller for speech in provider.speeches]
    assert [(caller.owner, caller.key_id) for caller in callers] == [
        (first.id, first.id),
        ("team", second.id),
    ]


@pytest.mark.parametrize("settings", [Settings(keys=("given_one", "given_two"))], indirect=True)
async def test_keys_of_the_command_line_share_the_local_owner(
    http: httpx.AsyncClient, keeper: Library, provider: ScriptedProvider
) -> None:
    _, kept = keeper.keys.create("kept")
    for secret in ("given_one", "given_two", kept):
        assert (await http.post("/tts/bytes", json=body(), headers=shows(secret))).status_code == 200
    one, two, three = (speech.request.caller for speech in provider.speeches)
    assert one.owner == two.owner == "local" != three.owner
    assert one.key_id != two.key_id and "given" in str(one.key_id)


class TestLimits:
    @pytest.mark.parametrize("script", [STALLING], indirect=True)
    async def test_contexts(
        self, http: httpx.AsyncClient, server: Running, keeper: Library, provider: ScriptedProvider
    ) -> None:
        _, secret = keeper.keys.create("two at once", limits=KeyLimits(contexts=2))
        _, other = keeper.keys.create("other")
        async with socket(server, secret) as talking:
            for name in ("a", "b", "c"):
                await talking.send(json.dumps(body(context_id=name, transcript="wait")))
            error = json.loads(await asyncio.wait_for(talking.recv(), 20))
            assert (error["type"], error["context_id"], error["done"]) == ("error", "c", True)
            assert (error["status_code"], error["error_code"]) == (429, "concurrency_limited")
            for path in ("/tts/bytes", "/tts/sse"):
                answer = await http.post(path, json=body(), headers=shows(secret))
                assert (answer.status_code, answer.json()["error_code"]) == (429, "concurrency_limited")
                assert answer.headers["retry-after"] == "1"
                assert (await http.post(path, json=body(), headers=shows(other))).status_code == 200
            await talking.send(json.dumps({"context_id": "a", "cancel": True}))
            assert json.loads(await asyncio.wait_for(talking.recv(), 20))["type"] == "done"
            assert (await http.post("/tts/bytes", json=body(), headers=shows(secret))).status_code == 200
        await until(lambda: not server.house.admission.present)
        assert provider.live == 0

    @pytest.mark.parametrize("script", [STALLING], indirect=True)
    async def test_other_work_on_engines_counts_too(
        self, http: httpx.AsyncClient, server: Running, keeper: Library, provider: ScriptedProvider
    ) -> None:
        _, secret = keeper.keys.create("one", limits=KeyLimits(contexts=1))
        preview, clone = f"/voices/{provider.speakers[0].id}/preview", "/voices/clone"
        assert (await http.get(preview, headers=shows(secret))).status_code == 200
        async with socket(server, secret) as talking:
            await talking.send(json.dumps(body(context_id="a", transcript="one wait")))
            await asyncio.wait_for(talking.recv(), 20)
            assert (await http.get(preview, headers=shows(secret))).status_code == 429
            form = {"clip": ("clip.wav", b"RIFF", "audio/wav")}
            assert (await http.post(clone, files=form, headers=shows(secret))).status_code == 429
            assert (await http.get("/voices", headers=shows(secret))).status_code == 200
        await until(lambda: not server.house.admission.present)

    async def test_a_full_key_is_told_before_its_body_is_read(self, server: Running, keeper: Library) -> None:
        key, secret = keeper.keys.create("full", limits=KeyLimits(contexts=1))
        server.house.admission.begin_context(key.id, key.limits)
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
        head = f"POST /tts/bytes HTTP/1.1\r\nhost: x\r\nx-api-key: {secret}\r\ncontent-length: 100000\r\n\r\n"
        writer.write(head.encode())
        assert b" 429 " in await asyncio.wait_for(reader.readline(), 20)
        writer.close()
        server.house.admission.end_context(key.id)

    async def test_sockets(self, http: httpx.AsyncClient, server: Running, keeper: Library) -> None:
        _, secret = keeper.keys.create("one socket", limits=KeyLimits(sockets=1))
        async with socket(server, secret):
            status, error, headers = await refused(socket(server, secret))
            assert (status, error["error_code"]) == (429, "concurrency_limited")
            assert headers["retry-after"] == "5"
            _, other = keeper.keys.create("other")
            async with socket(server, other):
                assert server.house.sockets == 2
        await until(lambda: server.house.sockets == 0)
        async with socket(server, secret):
            pass

    @pytest.mark.parametrize("settings", [Settings(limits=Limits(requests_per_minute=3))], indirect=True)
    async def test_requests(self, http: httpx.AsyncClient, server: Running, keeper: Library) -> None:
        _, secret = keeper.keys.create("three a minute")
        _, more = keeper.keys.create("five a minute", limits=KeyLimits(requests_per_minute=5))
        statuses = [(await http.get("/voices", headers=shows(secret))).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        answer = await http.get("/voices", headers=shows(secret))
        assert 50 <= int(answer.headers["retry-after"]) <= 60
        status, _, headers = await refused(socket(server, secret))
        assert (status, 50 <= int(headers["retry-after"]) <= 60) == (429, True)
        async with socket(server, more) as talking:
            for name in "abcde":
                await talking.send(json.dumps(body(context_id=name)))
            ends: dict[str, int] = {}
            while len(ends) < 5:
                message = json.loads(await asyncio.wait_for(talking.recv(), 20))
                if message["done"]:
                    ends[message["context_id"]] = message["status_code"]
        assert ends == {"a": 206, "b": 206, "c": 206, "d": 206, "e": 429}

    @pytest.mark.parametrize("script", [STALLING], indirect=True)
    @pytest.mark.parametrize("way", ["socket", "/tts/bytes", "/tts/sse", "body"])
    async def test_a_client_that_vanishes_frees_its_place(
        self, server: Running, keeper: Library, provider: ScriptedProvider, way: str
    ) -> None:
        _, secret = keeper.keys.create("one", limits=KeyLimits(contexts=1, sockets=1))
        for _ in range(5):
            if way == "socket":
                async with socket(server, secret) as talking:
                    await talking.send(json.dumps(body(context_id="a", transcript="one wait")))
                    assert json.loads(await asyncio.wait_for(talking.recv(), 20))["type"] == "chunk"
                    talking.transport.abort()
            else:
                await self._begin_and_vanish(server, secret, way)
            await until(lambda: not server.house.admission.present and not provider.live)
        assert (server.house.admission.contexts, server.house.sockets) == (0, 0)
        assert server.house.quiet

    async def _begin_and_vanish(self, server: Running, secret: str, path: str) -> None:
        text = json.dumps(body(transcript="one two three wait")).encode()
        length, to_send = len(text), text
        if path == "body":
            path, to_send = "/tts/bytes", text[:20]
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
        head = f"POST {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {secret}\r\ncontent-length: {length}\r\n\r\n"
        writer.write(head.encode() + to_send)
        if to_send == text:
            assert b" 200 " in await asyncio.wait_for(reader.readline(), 20)
        writer.transport.abort()


class TestOpenToOthers:
    def test_a_key_of_the_library_is_enough(self, settings: Settings) -> None:
        everywhere = replace(settings, host="0.0.0.0")
        with pytest.raises(UsageError, match="myna keys create"):
            everywhere.check()
        everywhere.check(keyed=True)

    def test_a_secret_that_can_be_guessed(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MYNA_TOKEN_SECRET", "short")
        with pytest.raises(UsageError, match="MYNA_TOKEN_SECRET") as error:
            Settings().check()
        assert "short" not in error.value.message.replace("too short", "")
        assert "'short'" not in repr(Settings())
