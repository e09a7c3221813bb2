"""`WS /tts/websocket` over a real socket."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest
import websockets

from myna.server.settings import Limits, Settings
from myna.speech.errors import EngineError
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import Running
from tests.server.conftest import RAW, Talk, body, until

SILENT = Settings(limits=Limits(context_expiry=0.1, idle_seconds=0.3))


def audio(heard: list[dict[str, Any]], context_id: str | None = "a") -> bytes:
    return b"".join(
        base64.b64decode(m["data"]) for m in heard if m["type"] == "chunk" and m["context_id"] == context_id
    )


async def test_one_text(talk: Talk) -> None:
    await talk.say(context_id="a", add_timestamps=True)
    heard = await talk.hear_until("done")
    assert all({"type", "context_id", "status_code", "done"} <= m.keys() for m in heard)
    assert len(audio(heard)) == 6400 * 2
    assert heard[-1] == {"type": "done", "context_id": "a", "status_code": 206, "done": True}
    assert {m["status_code"] for m in heard} == {206}
    assert not any("flush_id" in m for m in heard)


async def test_messages_are_text_and_small(talk: Talk) -> None:
    await talk.say(
        transcript="word " * 100, output_format={**RAW, "sample_rate": 48000, "encoding": "pcm_f32le"}
    )
    while True:
        message = await asyncio.wait_for(talk.socket.recv(), 10)
        assert isinstance(message, str)
        assert len(message) < 1 << 16
        if json.loads(message)["done"]:
            break


async def test_continuation_flush_and_end(talk: Talk) -> None:
    more = {"context_id": "a", "continue": True}
    await talk.say(transcript="It is ", **more)
    await talk.say(transcript="late. ", **more)
    await talk.say(transcript="", flush=True, **more)
    heard = await talk.hear_until("flush_done")
    assert (heard[-1]["flush_id"], heard[-1]["flush_done"], heard[-1]["status_code"]) == (1, True, 206)
    assert heard[-1]["done"] is False
    await talk.say(transcript="Go", **more)
    await talk.say(transcript="", context_id="a", **{"continue": False})
    heard = await talk.hear_until("done")
    assert {m["flush_id"] for m in heard if m["type"] == "chunk"} == {2}


@pytest.mark.parametrize(
    "closing",
    [
        {"voice": {"embedding": [1.0] * 192}, "model_id": "sonic-english"},
        {"voice": {"mode": "embedding", "embedding": [1.0] * 192}, "stream": True, "language": None},
        {"voice": "nobody", "continue": False},
        {"voice": {"mode": "id", "id": "nobody"}, "output_format": {"container": "x", "sample_rate": 1}},
        {"voice": None, "model_id": None, "output_format": None},
    ],
)
async def test_closing_messages_of_every_generation(talk: Talk, closing: dict[str, Any]) -> None:
    await talk.say(context_id="a", transcript="Hello ", **{"continue": True})
    await talk.send(context_id="a", transcript="", **closing)
    assert len(audio(await talk.hear_until("done"))) == 3200 * 2


@pytest.mark.parametrize("script", [Script(delay=0.01)], indirect=True)
async def test_many_contexts_interleave_and_keep_their_order(talk: Talk) -> None:
    ids = [f"c{number}" for number in range(12)]
    for id in ids:
        await talk.say(context_id=id, transcript="one two three four", add_timestamps=True)
    heard = []
    while sum(m["done"] for m in heard) < len(ids):
        heard.append(await talk.hear())
    first_done = next(place for place, m in enumerate(heard) if m["done"])
    assert {m["context_id"] for m in heard[:first_done]} == set(ids), "one context held up another"
    for id in ids:
        mine = [m for m in heard if m["context_id"] == id]
        starts = [m["word_timestamps"]["start"][0] for m in mine if m["type"] == "timestamps"]
        assert starts == sorted(starts) and len(starts) == 4
        assert [m["done"] for m in mine] == [False] * (len(mine) - 1) + [True]


@pytest.mark.parametrize("script", [Script(delay=0.01)], indirect=True)
async def test_cancel(talk: Talk, provider: ScriptedProvider) -> None:
    await talk.say(context_id="a", transcript="word " * 500)
    await talk.say(context_id="b", transcript="one two")
    await talk.hear()
    await talk.send(context_id="a", cancel=True)
    await talk.send(context_id="nobody", cancel=True)
    heard = [*await talk.hear_until("done", "a"), *await talk.hear_until("done", "b")]
    assert [m["context_id"] for m in heard if m["done"]] == ["a", "b"]
    place = next(place for place, m in enumerate(heard) if m["context_id"] == "a" and m["done"])
    assert all(m["context_id"] != "a" for m in heard[place + 1 :])
    assert provider.live == 0


async def test_no_id(talk: Talk) -> None:
    await talk.say(transcript="One")
    await talk.say(transcript="Two three")
    first, second = await talk.hear_until("done", None), await talk.hear_until("done", None)
    assert len(audio(first, None)) == 3200 * 2
    assert len(audio(second, None)) == 6400 * 2


@pytest.mark.parametrize("settings", [SILENT], indirect=True)
async def test_expiry_then_idle_close(talk: Talk) -> None:
    await talk.say(context_id="a", transcript="Hello ", **{"continue": True})
    await talk.hear_until("done")
    with pytest.raises(websockets.ConnectionClosedOK) as closed:
        await talk.hear()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1000, "connection idle timeout")


@pytest.mark.parametrize(
    "text",
    ['{"half', "", "[]", "[" * 50_000, '{"context_id":"a","transcript":5}', '{"context_id":"a"}', "\x00\x01"],
)
async def test_what_cannot_be_read_leaves_the_connection_open(talk: Talk, text: str) -> None:
    await talk.say(context_id="b", transcript="Still here ", **{"continue": True})
    await talk.socket.send(text)
    error = (await talk.hear_until("error", "a" if '"a"' in text else None))[-1]
    assert (error["status_code"], error["done"]) == (400, True)
    assert error["error"] == f"{error['title']}: {error['message']}"
    assert error["request_id"]
    await talk.say(context_id="b", transcript="")
    await talk.hear_until("done", "b")


async def test_binary_frames_are_errors(talk: Talk) -> None:
    await talk.socket.send(json.dumps(body(context_id="a")).encode())
    error = await talk.hear()
    assert (error["type"], error["status_code"], error["context_id"]) == ("error", 400, None)
    await talk.say(context_id="a")
    await talk.hear_until("done")


async def test_a_frame_that_is_too_large_closes_with_1009(
    server: Running, provider: ScriptedProvider
) -> None:
    async with websockets.connect(f"{server.ws_url}/tts/websocket", proxy=None) as socket:
        await socket.send(json.dumps(body(context_id="a", transcript="word " * 3000)))
        with pytest.raises(websockets.ConnectionClosedError) as closed:
            await socket.send("x" * 10_000_000)
            while True:
                await asyncio.wait_for(socket.recv(), 10)
        assert closed.value.rcvd is None or closed.value.rcvd.code == 1009
    await until(lambda: not provider.live)


async def test_text_that_is_not_utf8_closes_with_1007(server: Running) -> None:
    async with websockets.connect(f"{server.ws_url}/tts/websocket", proxy=None) as socket:
        await socket.send(b'{"transcript":"\xff"}', text=True)
        with pytest.raises(websockets.ConnectionClosedError) as closed:
            await asyncio.wait_for(socket.recv(), 10)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1007


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"voice": "nobody"}, "voice_not_found"),
        ({"model_id": "nothing"}, "model_not_found"),
        ({"model_id": None}, "invalid_request"),
        ({"transcript": None}, "invalid_request"),
        ({"voice": None}, "invalid_request"),
        ({"output_format": {**RAW, "container": "mp3", "bit_rate": 128000}}, "unsupported_format"),
        ({"output_format": {**RAW, "sample_rate": 11025}}, "unsupported_format"),
        ({"language": "en", "locale": "en"}, "invalid_request"),
        ({"voice": {"embedding": [0.5] * 192}}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("script", [Script(models=frozenset({"sonic-3"}))], indirect=True)
async def test_a_context_that_cannot_begin_leaves_the_others(
    talk: Talk, changes: dict[str, Any], code: str
) -> None:
    await talk.say(context_id="b", transcript="Hello ", **{"continue": True})
    asked = {**body(context_id="a"), **changes}
    await talk.send(**{name: value for name, value in asked.items() if value is not None})
    error = (await talk.hear_until("error"))[-1]
    assert (error["status_code"], error["error_code"]) == (400, code)
    await talk.say(context_id="b", transcript="you")
    await talk.hear_until("done", "b")


@pytest.mark.parametrize("script", [Script(failures={"bang": EngineError("broken")})], indirect=True)
async def test_a_failure_ends_its_context_only(talk: Talk) -> None:
    await talk.say(context_id="a", transcript="one bang two")
    await talk.say(context_id="b")
    heard = [await talk.hear() for _ in range(3)]
    while sum(m["done"] for m in heard) < 2:
        heard.append(await talk.hear())
    assert {m["context_id"]: m["type"] for m in heard if m["done"]} == {"a": "error", "b": "done"}
    await talk.say(context_id="a", transcript="again")
    await talk.hear_until("done")


@pytest.mark.parametrize("settings", [Settings(limits=Limits(contexts_per_socket=20))], indirect=True)
@pytest.mark.parametrize("script", [Script(stalls=frozenset({"wait"}))], indirect=True)
async def test_thousands_of_contexts(talk: Talk, provider: ScriptedProvider) -> None:
    for number in range(2000):
        await talk.say(context_id=f"c{number}", transcript="wait ", **{"continue": True})
    refused = [await talk.hear() for _ in range(1980)]
    assert {(m["type"], m["status_code"], m["error_code"]) for m in refused} == {
        ("error", 429, "concurrency_limited")
    }
    assert [m["context_id"] for m in refused] == [f"c{number}" for number in range(20, 2000)]
    assert provider.live == 20
    await talk.send(context_id="c0", cancel=True)
    assert (await talk.hear())["type"] == "done"
    await talk.say(context_id="a")
    await talk.hear_until("done")


@pytest.mark.parametrize("script", [Script(stalls=frozenset({"wait"}))], indirect=True)
@pytest.mark.parametrize("abrupt", [True, False])
async def test_a_client_that_goes_frees_its_speech(
    server: Running, provider: ScriptedProvider, abrupt: bool
) -> None:
    async with websockets.connect(f"{server.ws_url}/tts/websocket", proxy=None) as socket:
        for number in range(10):
            await socket.send(json.dumps(body(context_id=str(number), transcript="one wait")))
        await asyncio.wait_for(socket.recv(), 10)
        if abrupt:
            socket.transport.abort()
    await until(lambda: not provider.live and not server.house.sockets)


async def test_a_slow_reader_suspends_its_speech(server: Running, provider: ScriptedProvider) -> None:
    async with websockets.connect(
        f"{server.ws_url}/tts/websocket", proxy=None, max_queue=1, close_timeout=0.1
    ) as socket:
        await socket.send(json.dumps(body(context_id="a", transcript="word " * 100_000)))
        await until(lambda: bool(provider.speeches))
        speech = provider.speeches[0]
        (connection,) = server.server.server_state.connections
        spoken, turns = 0.0, 0
        async with asyncio.timeout(60):
            # client, server and voice share one event loop: what rests for many of its turns is suspended
            while turns < 200:
                await asyncio.sleep(0)
                resting = speech.spoken_seconds == spoken and not connection.writable.is_set()
                spoken, turns = speech.spoken_seconds, turns + 1 if resting else 0
        assert not speech.ended
        for _ in range(50):
            await asyncio.wait_for(socket.recv(), 10)
        await until(lambda: speech.spoken_seconds > spoken)


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/agents", 501), ("/tts/websocket/", 101)])
async def test_other_sockets(server: Running, path: str, status: int) -> None:
    url = f"{server.ws_url}{path}?cartesia_version=2026-03-01"
    if status == 101:
        async with websockets.connect(url, proxy=None):
            return
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(url, proxy=None)
    assert refused.value.response.status_code == status
    assert json.loads(refused.value.response.body or b"")["title"]


@pytest.mark.parametrize("settings", [Settings(limits=Limits(sockets=1))], indirect=True)
async def test_too_many_sockets(server: Running, talk: Talk) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(f"{server.ws_url}/tts/websocket", proxy=None)
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["retry-after"]


@pytest.mark.parametrize("settings", [Settings(limits=Limits(contexts=1))], indirect=True)
@pytest.mark.parametrize("script", [Script(stalls=frozenset({"wait"}))], indirect=True)
async def test_too_many_contexts_on_all_sockets(server: Running, talk: Talk, http: Any) -> None:
    await talk.say(context_id="a", transcript="wait")
    await talk.say(context_id="b")
    error = await talk.hear()
    assert (error["context_id"], error["status_code"]) == ("b", 429)
    response = await http.post("/tts/bytes", json=body())
    assert (response.status_code, response.headers["retry-after"]) == (429, "1")
