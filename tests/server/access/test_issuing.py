"""Access tokens at a server that runs: made with a key, good for what they grant, gone with the key."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import websockets

from myna.library import Library
from myna.server.access.tokens import Tokens
from myna.server.settings import Settings
from myna.speech.access import Key, KeyLimits
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import Running, serve_here
from tests.server.conftest import LATEST, body, until

NEW = {"cartesia-version": LATEST}


@pytest.fixture
def key(keeper: Library) -> tuple[Key, str]:
    """A key that may do everything, and its secret."""
    return keeper.keys.create("everything")


async def make(http: httpx.AsyncClient, secret: str, **asked: Any) -> httpx.Response:
    return await http.post("/access-token", json=asked, headers={"x-api-key": secret, **NEW})


async def made(http: httpx.AsyncClient, secret: str, **asked: Any) -> str:
    answer = await make(http, secret, **asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json()) == {"token"}
    return str(answer.json()["token"])


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def query(token: str) -> str:
    return f"?access_token={token}&cartesia_version={LATEST}"


async def handshake(server: Running, address: str, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """Status and error of a handshake: (101, None) where it succeeds."""
    try:
        url = f"{server.ws_url}{address}"
        async with websockets.connect(url, additional_headers=headers, proxy=None):
            return 101, None
    except websockets.InvalidStatus as refused:
        return refused.response.status_code, json.loads(refused.response.body or b"")


async def test_a_token_speaks_everywhere(
    http: httpx.AsyncClient, server: Running, key: tuple[Key, str], provider: ScriptedProvider
) -> None:
    token = await made(http, key[1], grants={"tts": True}, expires_in=120)
    for path in ("/tts/bytes", "/tts/sse"):
        shown = await http.post(path, json=body(), headers={"authorization": f"Bearer {token}"})
        asked = await http.post(f"{path}?access_token={token}", json=body())
        header = await http.post(path, json=body(), headers={"x-api-key": token})
        assert (shown.status_code, asked.status_code, header.status_code) == (200, 200, 200)
    assert await handshake(server, f"/tts/websocket{query(token)}") == (101, None)
    assert await handshake(server, "/tts/websocket", {"authorization": f"Bearer {token}"}) == (101, None)
    caller = provider.speeches[0].request.caller
    assert (caller.owner, caller.key_id, caller.scopes) == (key[0].owner, key[0].id, {"tts"})


@pytest.mark.parametrize(
    ("asked", "seconds", "grants"),
    [
        ({}, 60, {}),
        ({"expires_in": None, "grants": None}, 60, {}),
        ({"expires_in": 1, "grants": {}}, 1, {}),
        ({"expires_in": 3600, "grants": {"tts": True, "stt": False, "agent": None}}, 3600, {"tts": True}),
        ({"grants": {"agent": True, "stt": True, "new": True}}, 60, {"agent": True, "stt": True}),
    ],
    ids=str,
)
async def test_what_may_be_asked_for(
    http: httpx.AsyncClient,
    key: tuple[Key, str],
    asked: dict[str, Any],
    seconds: int,
    grants: dict[str, bool],
) -> None:
    said = claims(await made(http, key[1], **asked))
    assert (said["exp"] - said["iat"], said["grants"], said["sub"]) == (seconds, grants, key[0].id)


async def test_no_body_is_as_good_as_an_empty_one(http: httpx.AsyncClient, key: tuple[Key, str]) -> None:
    answer = await http.post("/access-token", headers={"x-api-key": key[1]})
    assert claims(answer.json()["token"])["grants"] == {}


@pytest.mark.parametrize(
    "asked",
    [
        {"expires_in": 0},
        {"expires_in": -1},
        {"expires_in": 3601},
        {"expires_in": 10**30},
        {"expires_in": 1.5},
        {"expires_in": "60"},
        {"expires_in": True},
        {"grants": ["tts"]},
        {"grants": {"tts": "yes"}},
        [],
    ],
    ids=str,
)
async def test_what_may_not(http: httpx.AsyncClient, key: tuple[Key, str], asked: Any) -> None:
    answer = await http.post("/access-token", json=asked, headers={"x-api-key": key[1], **NEW})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "invalid_request")


async def test_a_token_makes_no_tokens(http: httpx.AsyncClient, key: tuple[Key, str]) -> None:
    token = await made(http, key[1], grants={"tts": True, "stt": True, "agent": True})
    answer = await make(http, token)
    assert (answer.status_code, answer.json()["error_code"]) == (403, "forbidden")


async def test_no_key_no_token(http: httpx.AsyncClient, key: tuple[Key, str], keeper: Library) -> None:
    assert (await http.post("/access-token", json={})).status_code == 401
    assert (await make(http, key[1] + "0")).status_code == 401
    _, narrow = keeper.keys.create("narrow", ["tts"])
    assert (await make(http, narrow)).status_code == 403
    _, mute = keeper.keys.create("mute", ["tokens", "stt"])
    assert (await make(http, mute, grants={"tts": True})).status_code == 403
    assert (await make(http, mute, grants={"stt": True, "agent": True})).status_code == 200


async def test_what_a_token_does_not_grant(
    http: httpx.AsyncClient, server: Running, key: tuple[Key, str]
) -> None:
    for grants in ({}, {"stt": True}, {"tts": False}):
        token = await made(http, key[1], grants=grants)
        answer = await http.post(
            "/tts/bytes", json=body(), headers={"authorization": f"Bearer {token}", **NEW}
        )
        assert (answer.status_code, answer.json()["error_code"]) == (403, "forbidden")
        status, error = await handshake(server, f"/tts/websocket{query(token)}")
        assert status == 403
        assert {**error, "request_id": None} == {**answer.json(), "request_id": None}, "the same body as HTTP"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/voices"),
        ("POST", "/voices"),
        ("DELETE", "/voices/x"),
        ("GET", "/pronunciation-dicts"),
        ("GET", "/metrics"),
        ("GET", "/nowhere"),
    ],
)
async def test_everything_else_needs_a_key(
    http: httpx.AsyncClient, key: tuple[Key, str], method: str, path: str
) -> None:
    token = await made(http, key[1], grants={"tts": True, "stt": True, "agent": True})
    answer = await http.request(method, path, headers={"authorization": f"Bearer {token}", **NEW})
    assert (answer.status_code, answer.json()["error_code"]) == (403, "forbidden")


async def test_tokens_that_are_not_good(
    http: httpx.AsyncClient, server: Running, key: tuple[Key, str], data: Path
) -> None:
    own = Tokens.of_folder(data)
    expired = own.make(key[0].id, ["tts"], 60, now=time.time() - 61)
    foreign = Tokens("of somebody else altogether").make(key[0].id, ["tts"], 60)
    unknown = own.make("key_0000000000000000", ["tts"], 60)
    anybody = own.make(None, ["tts"], 60)
    unsigned = jwt.encode(claims(foreign), None, "none")
    for token in (expired, foreign, unknown, anybody, unsigned, "a.b.c", "ä.b.c", "eyJ..", ".."):
        shown = token.encode()
        answer = await http.post("/tts/bytes", json=body(), headers={b"authorization": b"Bearer " + shown})
        assert answer.status_code == 401, token
        assert (await handshake(server, f"/tts/websocket{query(token)}"))[0] == 401
    good = own.make(key[0].id, ["tts"], 60)
    both = {"authorization": f"Bearer {expired}", "x-api-key": good}
    assert (await http.post("/tts/bytes", json=body(), headers=both)).status_code == 200, "one is enough"


async def test_a_token_goes_with_its_key(
    http: httpx.AsyncClient, server: Running, key: tuple[Key, str], keeper: Library
) -> None:
    token = await made(http, key[1], grants={"tts": True}, expires_in=3600)
    async with websockets.connect(f"{server.ws_url}/tts/websocket{query(token)}", proxy=None) as socket:
        keeper.keys.revoke(key[0].id)
        answer = await http.post(f"/tts/bytes{query(token)}", json=body())
        assert answer.status_code == 401
        with pytest.raises(websockets.ConnectionClosedError) as closed:
            await asyncio.wait_for(socket.recv(), 20)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008


async def test_a_socket_outlives_the_token_it_was_opened_with(
    http: httpx.AsyncClient, server: Running, key: tuple[Key, str]
) -> None:
    token = await made(http, key[1], grants={"tts": True}, expires_in=1)
    async with websockets.connect(f"{server.ws_url}/tts/websocket{query(token)}", proxy=None) as socket:
        while (await http.post(f"/tts/bytes{query(token)}", json=body())).status_code == 200:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await socket.send(json.dumps(body(context_id="a")))
        while not (message := json.loads(await asyncio.wait_for(socket.recv(), 20)))["done"]:
            pass
        assert message["type"] == "done"


@pytest.mark.parametrize("script", [Script(stalls=frozenset({"wait"}))], indirect=True)
async def test_tokens_share_the_limits_of_their_key(
    http: httpx.AsyncClient, server: Running, keeper: Library
) -> None:
    _, secret = keeper.keys.create("one", limits=KeyLimits(contexts=1))
    first, second = [await made(http, secret, grants={"tts": True}) for _ in range(2)]
    async with websockets.connect(f"{server.ws_url}/tts/websocket{query(first)}", proxy=None) as socket:
        await socket.send(json.dumps(body(context_id="a", transcript="one wait")))
        await asyncio.wait_for(socket.recv(), 20)
        for shown in (second, secret):
            answer = await http.post("/tts/bytes", json=body(), headers={"x-api-key": shown})
            assert answer.status_code == 429
    await until(lambda: not server.house.admission.present)


async def test_a_token_survives_a_restart(data: Path, keeper: Library, key: tuple[Key, str]) -> None:
    settings = Settings(data=data, keys=("given",))
    for secret in (key[1], "given"):
        async with serve_here(ScriptedProvider(), settings, keeper) as one, client(one) as http:
            token = await made(http, secret, grants={"tts": True})
        async with serve_here(ScriptedProvider(), settings, keeper) as two, client(two) as http:
            answer = await http.post("/tts/bytes", json=body(), headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == 200
    other = Settings(data=data, keys=("another",))
    async with serve_here(ScriptedProvider(), other, keeper) as three, client(three) as http:
        answer = await http.post("/tts/bytes", json=body(), headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 401, "the key that it was made with is not given any more"


async def test_servers_that_share_a_secret_know_each_other_s_tokens(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MYNA_TOKEN_SECRET", "s" * 32)
    settings = [Settings(data=tmp_path / name, keys=("given",)) for name in ("one", "two")]
    async with (
        serve_here(ScriptedProvider(), settings[0]) as one,
        serve_here(ScriptedProvider(), settings[1]) as two,
        client(one) as here,
        client(two) as there,
    ):
        token = await made(here, "given", grants={"tts": True})
        assert (await there.post(f"/tts/bytes{query(token)}", json=body())).status_code == 200


async def test_without_keys_everything_is_taken_and_tokens_can_be_made(
    http: httpx.AsyncClient, server: Running
) -> None:
    token = await made(http, "whatever", grants={"tts": True})
    assert claims(token)["sub"] == "local"
    for shown in (token, "a.b.c", "whatever"):
        answer = await http.post("/tts/bytes", json=body(), headers={"authorization": f"Bearer {shown}"})
        assert answer.status_code == 200
        assert (await handshake(server, f"/tts/websocket{query(shown)}"))[0] == 101


def client(server: Running) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=server.url, timeout=20, trust_env=False)
