"""`POST /tts/bytes` and `POST /tts/sse` over real sockets."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from typing import Any

import httpx
import pytest

from myna.speech.errors import EngineError
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import Running
from tests.server.conftest import LATEST, RAW, body, until

WAV = {"container": "wav", "encoding": "pcm_s16le", "sample_rate": 22050}
MP3 = {"container": "mp3", "sample_rate": 44100, "bit_rate": 128000}


async def test_raw(http: httpx.AsyncClient) -> None:
    response = await http.post("/tts/bytes", json=body())
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/octet-stream"
    assert len(response.content) == round(0.4 * 16000) * 2
    assert "cartesia-file-id" not in response.headers


async def test_short_wav_has_true_sizes(http: httpx.AsyncClient) -> None:
    response = await http.post("/tts/bytes", json=body(output_format=WAV, save=True))
    size = len(response.content)
    assert response.headers["content-length"] == str(size)
    assert struct.unpack_from("<I", response.content, 4)[0] == size - 8
    assert struct.unpack_from("<I", response.content, 40)[0] == size - 44 == 2 * 4410 * 2


@pytest.mark.parametrize("script", [Script(delay=0.05)], indirect=True)
async def test_wav_that_is_not_ready_streams_with_open_sizes(http: httpx.AsyncClient) -> None:
    request = http.build_request("POST", "/tts/bytes", json=body(output_format=WAV))
    response = await http.send(request, stream=True)
    assert response.headers["transfer-encoding"] == "chunked"
    pieces = [piece async for piece in response.aiter_raw()]
    assert len(pieces) > 1, "audio must leave as it is made"
    whole = b"".join(pieces)
    assert struct.unpack_from("<I", whole, 40)[0] == 0xFFFFFFFF
    assert len(whole) == 44 + 2 * 4410 * 2


async def test_mp3(http: httpx.AsyncClient) -> None:
    response = await http.post("/tts/bytes", json=body(output_format=MP3))
    assert response.headers["content-type"] == "audio/mpeg"
    assert response.content[0] == 0xFF and response.content[1] & 0xE0 == 0xE0


@pytest.mark.parametrize("script", [Script(delay=0.3)], indirect=True)
@pytest.mark.parametrize("path", ["/tts/bytes", "/tts/sse"])
async def test_the_first_sound_leaves_before_the_last_is_made(
    http: httpx.AsyncClient, provider: ScriptedProvider, path: str
) -> None:
    async with http.stream("POST", path, json=body(transcript="one two three")) as response:
        async for _ in response.aiter_raw():
            assert not provider.speeches[0].ended
            break


@pytest.mark.parametrize("path", ["/tts/bytes", "/tts/bytes/", "/tts/sse/"])
async def test_trailing_slashes(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.post(path, json=body())).status_code == 200


def events(text: str) -> list[dict[str, Any]]:
    found = []
    for block in text.removesuffix("\n\n").split("\n\n"):
        name, data = block.split("\n")
        found.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {found[-1]['type']}"
    return found


async def test_sse(http: httpx.AsyncClient) -> None:
    asked = body(add_timestamps=True, add_phoneme_timestamps=True, context_id="q1")
    response = await http.post("/tts/sse", json=asked)
    assert response.headers["content-type"] == "text/event-stream"
    heard = events(response.text)
    assert {event["context_id"] for event in heard} == {"q1"}
    assert all({"done", "status_code"} <= event.keys() for event in heard)
    assert [event["type"] for event in heard].count("phoneme_timestamps") == 2
    assert heard[-1] == {"type": "done", "context_id": "q1", "status_code": 200, "done": True}
    assert [event["done"] for event in heard[:-1]] == [False] * (len(heard) - 1)
    chunks = [event for event in heard if event["type"] == "chunk"]
    assert sum(len(base64.b64decode(event["data"])) for event in chunks) == 6400 * 2
    assert all(event["step_time"] >= 0 for event in chunks)


@pytest.mark.parametrize("script", [Script(failures={"bang": EngineError("broken")})], indirect=True)
class TestFailures:
    @pytest.mark.parametrize("path", ["/tts/bytes", "/tts/sse"])
    async def test_before_the_first_sound(self, http: httpx.AsyncClient, path: str) -> None:
        response = await http.post(path, json=body(transcript="bang"), headers={"cartesia-version": LATEST})
        assert (response.status_code, response.json()["error_code"]) == (500, "engine_error")

    async def test_an_event_in_the_middle(self, http: httpx.AsyncClient) -> None:
        heard = events((await http.post("/tts/sse", json=body(transcript="one bang"))).text)
        assert [event["type"] for event in heard].count("error") == 1
        assert heard[-1]["type"] == "error" and heard[-1]["done"] is True
        assert heard[-1]["error"] == "Engine failure: broken"

    async def test_bytes_break_off_in_the_middle(self, http: httpx.AsyncClient) -> None:
        with pytest.raises(httpx.RemoteProtocolError):
            await http.post("/tts/bytes", json=body(transcript="one bang"))
        assert (await http.get("/")).status_code == 200


@pytest.mark.parametrize("script", [Script(delay=0.05)], indirect=True)
@pytest.mark.parametrize("path", ["/tts/bytes", "/tts/sse"])
async def test_a_client_that_goes_frees_its_speech(
    http: httpx.AsyncClient, provider: ScriptedProvider, path: str
) -> None:
    async with http.stream("POST", path, json=body(transcript="word " * 1000)) as response:
        async for _ in response.aiter_raw():
            break
    await gone(provider)


@pytest.mark.parametrize("script", [Script(stalls=frozenset({"wait"}))], indirect=True)
@pytest.mark.parametrize("path", ["/tts/bytes", "/tts/sse"])
async def test_a_client_that_goes_before_the_first_sound(
    http: httpx.AsyncClient, provider: ScriptedProvider, path: str
) -> None:
    with pytest.raises(httpx.ReadTimeout):
        await http.post(path, json=body(transcript="wait"), timeout=0.2)
    await gone(provider)


async def gone(provider: ScriptedProvider) -> None:
    """Wait until no speech lives; a test without end is the failure."""
    await until(lambda: not provider.live)
    assert provider.speeches[0].cancelled


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"transcript": ""}, 400, "invalid_request"),
        ({"transcript": " \n "}, 400, "invalid_request"),
        ({"transcript": None}, 400, "invalid_request"),
        ({"voice": None}, 400, "invalid_request"),
        ({"voice": "00000000-0000-4000-8000-000000000000"}, 400, "voice_not_found"),
        ({"model_id": None}, 400, "invalid_request"),
        ({"model_id": "no-such-model"}, 400, "model_not_found"),
        ({"output_format": None}, 400, "invalid_request"),
        ({"output_format": {**RAW, "sample_rate": 12345}}, 400, "unsupported_format"),
        ({"output_format": {**RAW, "encoding": "pcm_u8"}}, 400, "unsupported_format"),
        ({"output_format": {**RAW, "container": "ogg"}}, 400, "unsupported_format"),
        ({"output_format": {**MP3, "bit_rate": 1}}, 400, "unsupported_format"),
        ({"language": "en", "locale": "en-GB"}, 400, "invalid_request"),
        ({"transcript": 7}, 400, "invalid_request"),
        ({"speed": "warp"}, 400, "invalid_request"),
        ({"duration": -1}, 400, "invalid_request"),
    ],
)
@pytest.mark.parametrize("script", [Script(models=frozenset({"sonic-3"}))], indirect=True)
@pytest.mark.parametrize("path", ["/tts/bytes", "/tts/sse"])
async def test_bad_fields(
    http: httpx.AsyncClient, path: str, changes: dict[str, Any], status: int, code: str
) -> None:
    asked = {name: value for name, value in {**body(), **changes}.items() if value is not None}
    response = await http.post(path, json=asked, headers={"cartesia-version": LATEST})
    error = response.json()
    assert (response.status_code, error["error_code"]) == (status, code)
    assert error["request_id"] == response.headers["x-request-id"]
    assert error["title"] and error["message"]
    plain = await http.post(path, json=asked, headers={"cartesia-version": "2024-11-13"})
    assert plain.status_code == status
    assert plain.text == f"{error['title']}: {error['message']}"


@pytest.mark.parametrize("container", [WAV, MP3])
async def test_files_are_not_events(http: httpx.AsyncClient, container: dict[str, Any]) -> None:
    response = await http.post("/tts/sse", json=body(output_format=container))
    assert response.status_code == 400
    assert response.text.startswith("Unsupported output format: ")


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b'{"half', 400), (b"\xff\xfe", 400), (b"[]", 400), (b'{"transcript":"\xff"}', 400),
     (b"[" * 200_000, 400), (b" " * (1 << 20) + b"{}", 413)],
)  # fmt: skip
async def test_bodies_that_are_none(http: httpx.AsyncClient, content: bytes, status: int) -> None:
    response = await http.post("/tts/bytes", content=content, headers={"cartesia-version": LATEST})
    assert (response.status_code, bool(response.json()["message"])) == (status, True)
    assert (await http.post("/tts/bytes", json=body())).status_code == 200


async def test_forms_are_refused(http: httpx.AsyncClient) -> None:
    assert (await http.post("/tts/bytes", data={"transcript": "x"})).status_code == 415


@pytest.mark.parametrize(("packing", "status"), [("gzip", 415), ("BR", 415), ("identity", 200)])
async def test_packed_bodies_are_refused(http: httpx.AsyncClient, packing: str, status: int) -> None:
    response = await http.post("/tts/bytes", json=body(), headers={"content-encoding": packing})
    assert response.status_code == status


async def test_a_body_that_says_it_is_too_large_is_not_waited_for(server: Running) -> None:
    reader, writer = await asyncio.open_connection(*server.url.removeprefix("http://").split(":"))
    try:
        writer.write(b"POST /tts/bytes HTTP/1.1\r\nhost: x\r\ncontent-length: 1099511627776\r\n\r\n")
        async with asyncio.timeout(5):
            assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
    finally:
        writer.close()


async def test_a_very_long_text_and_control_characters_are_spoken(
    http: httpx.AsyncClient, provider: ScriptedProvider
) -> None:
    text = "a" * 199_998 + " \x00\x07\x1b\u202e\U0001f600"
    async with http.stream("POST", "/tts/bytes", json=body(transcript=text)) as response:
        assert response.status_code == 200
        assert len(await response.aread()) == 2 * 3200 * 2
    assert provider.speeches[0].text == text
    response = await http.post("/tts/bytes", json=body(transcript="a" * 500_001))
    assert (response.status_code, "500000" in response.text) == (400, True)


async def test_nothing_to_speak(http: httpx.AsyncClient, provider: ScriptedProvider) -> None:
    provider.script = Script(word_seconds=0.0)
    for path in ("/tts/bytes", "/tts/sse"):
        response = await http.post(path, json=body(transcript="<speed ratio='1.1'/>"))
        assert (response.status_code, "nothing that can be spoken" in response.text) == (400, True)
