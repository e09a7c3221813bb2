"""`POST /voice-changer/bytes` and `/voice-changer/sse` over real sockets."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import struct
import tempfile
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from myna.server.settings import Limits, Settings
from myna.speech.errors import EngineCrashed
from myna.speech.formats import BIT_RATES, ENCODINGS, SAMPLE_RATES
from myna.speech.voices import VoiceChoice
from myna.testing.changing import Disguise
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import Running
from tests import sound
from tests.server.conftest import LATEST, until
from tests.server.test_transcribing import wav

NEWEST = {"cartesia-version": LATEST}
BYTES, SSE = "/voice-changer/bytes", "/voice-changer/sse"
RATE = 16000
TONE = (np.sin(2 * np.pi * 220 / RATE * np.arange(RATE)) * 12000).astype("<i2")
"""A second of sound."""
CLIP = wav(TONE.tobytes())
RAW = {
    "output_format[container]": "raw",
    "output_format[encoding]": "pcm_s16le",
    "output_format[sample_rate]": "16000",
}
VOICE = {"voice[id]": "Ada"}
UPSIDE_DOWN = -(TONE.astype(np.float32) / 32768)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Uploads go where the test can see what is left of them."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


async def changed(http: httpx.AsyncClient, path: str = BYTES, **more: Any) -> httpx.Response:
    """The answer; `data` are more parts, those that are None are left out."""
    given = {**VOICE, **RAW, **more.pop("data", {})}
    data = {name: value for name, value in given.items() if value is not None}
    files = {"clip": ("clip.wav", CLIP), **more.pop("files", {})}
    headers = {**NEWEST, **more.pop("headers", {})}
    return await http.post(path, headers=headers, files=files, data=data, **more)


def chosen(provider: ScriptedProvider, number: int = 0) -> VoiceChoice:
    """The voice of one of the recordings."""
    voice = provider.conversions[number].voice
    assert isinstance(voice, VoiceChoice)
    return voice


def events(text: str) -> list[dict[str, Any]]:
    """The objects of server-sent events, each named as its type says."""
    found = []
    for block in filter(None, text.split("\n\n")):
        if block.startswith(":"):
            continue
        name, data = block.split("\n")
        found.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {found[-1]['type']}"
    return found


async def test_a_recording(http: httpx.AsyncClient, provider: ScriptedProvider, folder: Path) -> None:
    answer = await changed(http)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    heard = sound.of_raw(answer.content, "pcm_s16le", RATE)
    assert np.allclose(heard.samples, UPSIDE_DOWN, atol=1e-4)
    (request,) = provider.conversions
    assert request.whole and request.format is None
    await until(lambda: not list(folder.iterdir()))


async def test_events(http: httpx.AsyncClient, provider: ScriptedProvider, folder: Path) -> None:
    answer = await changed(http, SSE)
    assert answer.headers["content-type"] == "text/event-stream"
    *chunks, done = events(answer.text)
    assert (done["type"], done["done"], done["status_code"]) == ("done", True, 200)
    assert len(chunks) > 2
    for chunk in chunks:
        assert (chunk["type"], chunk["done"], chunk["status_code"]) == ("chunk", False, 206)
        assert chunk["sample_rate"] == RATE and chunk["step_time"] >= 0
    audio = b"".join(base64.b64decode(chunk["data"]) for chunk in chunks)
    assert np.allclose(sound.of_raw(audio, "pcm_s16le", RATE).samples, UPSIDE_DOWN, atol=1e-4)
    assert not provider.conversions[0].whole
    await until(lambda: not list(folder.iterdir()))


@pytest.mark.parametrize("version", [None, "2024-06-10", "2024-11-13", "2025-04-16", "2025-11-04", LATEST])
async def test_every_version(http: httpx.AsyncClient, version: str | None) -> None:
    headers = {"cartesia-version": version or ""}
    assert len((await changed(http, headers=headers)).content) == 2 * RATE
    assert events((await changed(http, SSE, headers=headers)).text)[-1]["type"] == "done"
    answer = await changed(http, headers=headers, data={"voice[id]": "nobody"})
    assert answer.status_code == 400
    if (version or "") < "2026-03-01":
        assert answer.text.startswith("Unknown voice: ")
    else:
        assert answer.json()["error_code"] == "voice_not_found"


@pytest.mark.parametrize("path", [BYTES, SSE])
async def test_every_format(http: httpx.AsyncClient, path: str) -> None:
    formats: list[dict[str, str]] = [
        {"container": container, "encoding": encoding, "sample_rate": str(rate)}
        for (container, encoding), rate in zip(
            itertools.product(("raw", "wav"), ENCODINGS), itertools.cycle(SAMPLE_RATES)
        )
    ]
    formats += [
        {"container": "mp3", "sample_rate": str(rate), "bit_rate": str(bits), "encoding": "pcm_f32le"}
        for rate, bits in zip(SAMPLE_RATES, itertools.cycle(BIT_RATES))
    ]
    for format in formats:
        data = {"output_format[encoding]": None, **{f"output_format[{k}]": v for k, v in format.items()}}
        answer = await changed(http, path, data=data)
        assert answer.status_code == 200, answer.text
        audio = answer.content
        if path == SSE:
            parts = [each.get("data", "") for each in events(answer.text)]
            audio = b"".join(map(base64.b64decode, parts))
        rate = int(format["sample_rate"])
        if format["container"] == "raw":
            heard = sound.of_raw(audio, format["encoding"], rate)
        else:
            heard = sound.of_file(audio)
        assert heard.rate == rate
        assert heard.duration == pytest.approx(1.0, abs=0.2 if format["container"] == "mp3" else 0.001)
        if format["container"] == "mp3":
            continue
        assert sound.rms(heard) == pytest.approx(12000 / 32768 / 2**0.5, rel=0.05)


@pytest.mark.parametrize(
    ("seconds", "known"), [(1, True), (29, True), (31, False)], ids=["short", "long", "too long to wait for"]
)
async def test_sizes_of_wav(http: httpx.AsyncClient, seconds: int, known: bool) -> None:
    data = {"output_format[container]": "wav"}
    clip = {"clip": wav(TONE.tobytes() * seconds)}
    audio = (await changed(http, data=data, files=clip)).content
    assert len(audio) == 44 + 2 * RATE * seconds
    (size,) = struct.unpack_from("<I", audio, 40)
    assert size == (2 * RATE * seconds if known else 0xFFFFFFFF)


NO_FORMAT = dict.fromkeys(RAW)
BARE = {name.partition("[")[2].rstrip("]"): value for name, value in RAW.items()}


WRITTEN: list[dict[str, Any]] = [
    {"voice[id]": "Ben"},
    {"voice[mode]": "id", "voice[id]": "Ben"},
    {"voice.id": "Ben", "voice[id]": None},
    {"voice_id": "Ben", "voice[id]": None},
    {"voice": "Ben", "voice[id]": None},
    {"voice": '{"mode": "id", "id": "Ben"}', "voice[id]": None},
    {**NO_FORMAT, "output_format": json.dumps(BARE)},
    {**NO_FORMAT, "output_format": json.dumps({**BARE, "sample_rate": RATE, "bit_rate": None})},
    {**NO_FORMAT, **{f"output_format.{name}": value for name, value in BARE.items()}},
    {**NO_FORMAT, **{f"output_format_{name}": value for name, value in BARE.items()}},
    {"output_format[bit_rate]": ""},
    {"output_format[bit_rate]": "null"},
    {"output_format[sample_rate]": "16000.0"},
    {"model_id": "anything", "voice[__experimental_controls][speed]": "fast"},
]
"""Parts that mean the same, as clients write them."""


async def test_all_that_clients_write(http: httpx.AsyncClient, provider: ScriptedProvider) -> None:
    for number, data in enumerate(WRITTEN):
        answer = await changed(http, data=data)
        assert (answer.status_code, len(answer.content)) == (200, 2 * RATE), f"{data}: {answer.text}"
        wanted = data.get("voice[id]") or ("Ben" if "Ben" in str(data) else "Ada")
        assert chosen(provider, number).id == wanted, data


@pytest.mark.parametrize(
    "data",
    [
        {"voice[embedding]": json.dumps([0.5] * 192)},
        {"voice": json.dumps({"embedding": [0.5] * 192})},
        {"voice[embedding][]": ["0.5"] * 192},
    ],
)
async def test_a_voice_of_numbers(http: httpx.AsyncClient, provider: ScriptedProvider, data: Any) -> None:
    answer = await changed(http, data={"voice[id]": None, **data})
    assert answer.status_code == 200, answer.text
    assert chosen(provider).embedding == (0.5,) * 192


@pytest.mark.parametrize("where", ["params", "data"])
async def test_samples_without_a_file(http: httpx.AsyncClient, where: str) -> None:
    samples = {"clip": ("clip.pcm", TONE.tobytes())}
    format = {"encoding": "pcm_s16le", "sample_rate": "8000"}
    answer = await changed(http, files=samples, **{where: format})
    assert answer.status_code == 200, answer.text
    assert len(answer.content) == 2 * 2 * RATE, "it is twice as long as at 16 kHz"


WRONG: list[tuple[dict[str, str | None], dict[str, bytes], str, str]] = [
    ({"voice[id]": None}, {}, "invalid_request", "voice[id] is missing"),
    ({"voice[id]": "nobody"}, {}, "voice_not_found", "nobody"),
    ({"voice[id]": None, "voice[embedding]": "[1, 2]"}, {}, "invalid_request", "192"),
    ({"voice[id]": None, "voice[embedding]": "[1, "}, {}, "invalid_request", "JSON"),
    ({"output_format[container]": None}, {}, "unsupported_format", "container"),
    (NO_FORMAT, {}, "invalid_request", "output_format is missing"),
    ({"output_format[container]": "ogg"}, {}, "unsupported_format", "container"),
    ({"output_format[encoding]": None}, {}, "unsupported_format", "encoding is missing"),
    ({"output_format[sample_rate]": None}, {}, "unsupported_format", "sample_rate"),
    ({"output_format[sample_rate]": "fast"}, {}, "unsupported_format", "whole number"),
    ({"output_format[sample_rate]": "11025"}, {}, "unsupported_format", "sample_rate"),
    ({"output_format[container]": "mp3"}, {}, "unsupported_format", "bit_rate"),
    ({"encoding": "pcm_s16le"}, {}, "invalid_request", "sample_rate"),
    ({}, {"clip": b""}, "invalid_request", "clip is empty"),
    ({}, {"clip": b"no audio"}, "audio_rejected", "read"),
    ({}, {"clip": wav(TONE.tobytes()[:9000])}, "clip_rejected", "0.3 s"),
]
"""Parts and files, the error and a word of its message."""


@pytest.mark.parametrize("path", [BYTES, SSE])
async def test_what_is_wrong(http: httpx.AsyncClient, folder: Path, path: str) -> None:
    for data, files, code, word in WRONG:
        answer = await changed(http, path, data=data, files=files)
        assert (answer.status_code, answer.json()["error_code"]) == (400, code), data
        assert word in answer.json()["message"]
    await until(lambda: not list(folder.iterdir()))


async def test_titles_say_whether_what_comes_in_or_what_goes_out_is_wrong(http: httpx.AsyncClient) -> None:
    for data, title in (
        ({"encoding": "mp3", "sample_rate": "8000"}, "Unsupported input format"),
        ({"encoding": "pcm_s16le", "sample_rate": "12"}, "Unsupported input format"),
        ({"output_format[container]": "ogg"}, "Unsupported output format"),
    ):
        told = (await changed(http, BYTES, data=data)).json()
        assert (told["error_code"], told["title"]) == ("unsupported_format", title)


async def test_no_clip_and_no_form(http: httpx.AsyncClient) -> None:
    answer = await http.post(BYTES, headers=NEWEST, data={**VOICE, **RAW}, files={"other": b"1"})
    assert (answer.status_code, answer.json()["message"].split(";")[0]) == (400, "clip is missing")
    assert (await http.post(BYTES, headers=NEWEST, json={})).status_code == 415
    assert (await http.get(BYTES)).status_code == 405


@pytest.mark.parametrize("settings", [Settings(limits=Limits(recording=20000))], indirect=True)
async def test_a_clip_that_is_too_large(http: httpx.AsyncClient) -> None:
    assert (await changed(http)).status_code == 413


@pytest.mark.parametrize("settings", [Settings(limits=Limits(contexts=1))], indirect=True)
@pytest.mark.parametrize("script", [Script(disguise=Disguise(delay=0.02))], indirect=True)
async def test_too_many_at_once(server: Running, http: httpx.AsyncClient) -> None:
    first = asyncio.create_task(changed(http))
    await until(lambda: server.house.admission.contexts == 1)
    second = await changed(http)
    assert (second.status_code, "retry-after" in second.headers) == (429, True)
    assert (await http.get("/healthz")).status_code == 200
    assert (await first).status_code == 200


@pytest.mark.parametrize(
    "script", [Script(disguise=Disguise(failure=(0.5, EngineCrashed("The process ended."))))], indirect=True
)
async def test_what_fails_in_the_midst(http: httpx.AsyncClient, folder: Path) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await changed(http)
    *chunks, error = events((await changed(http, SSE)).text)
    assert chunks and (error["type"], error["done"], error["status_code"]) == ("error", True, 500)
    assert error["request_id"] and error["error"] == f"{error['title']}: {error['message']}"
    await until(lambda: not list(folder.iterdir()))


@pytest.mark.parametrize(
    "script", [Script(disguise=Disguise(failure=(0.0, EngineCrashed("The process ended."))))], indirect=True
)
@pytest.mark.parametrize("path", [BYTES, SSE])
async def test_what_fails_before_the_first_audio(http: httpx.AsyncClient, path: str) -> None:
    answer = await changed(http, path)
    assert (answer.status_code, answer.json()["error_code"]) == (500, "engine_error")


@pytest.mark.parametrize("path", [BYTES, SSE])
@pytest.mark.parametrize("script", [Script(disguise=Disguise(delay=0.05))], indirect=True)
async def test_a_client_that_goes_frees_the_engine(
    server: Running, http: httpx.AsyncClient, folder: Path, path: str
) -> None:
    clip = {"clip": wav(TONE.tobytes() * 60)}
    async with http.stream("POST", path, data={**VOICE, **RAW}, files=clip) as answer:
        async for _ in answer.aiter_raw():
            break
        assert server.house.admission.contexts == 1
    await until(lambda: not server.house.admission.contexts)
    await until(lambda: not list(folder.iterdir()))
    assert (await http.get("/healthz")).text == "ok\n"


async def test_a_client_that_reads_slowly_slows_the_engine(server: Running, http: httpx.AsyncClient) -> None:
    made = server.house.metrics.audio_seconds._value.get
    clip = {"clip": wav(TONE.tobytes() * 200)}
    wide = {**VOICE, **RAW, "output_format[sample_rate]": "48000", "output_format[encoding]": "pcm_f32le"}
    async with http.stream("POST", BYTES, data=wide, files=clip) as answer:
        pieces = answer.aiter_raw()
        await anext(pieces)
        await asyncio.sleep(0.5)
        before = made()
        await asyncio.sleep(0.2)
        assert made() == before < 150, "nobody reads, nothing is made"
        async with asyncio.timeout(20):
            while made() == before:
                await anext(pieces)
    await until(lambda: not server.house.admission.contexts)


@pytest.mark.parametrize("script", [Script(disguise=Disguise(delay=0.05))], indirect=True)
async def test_events_begin_before_the_end(http: httpx.AsyncClient) -> None:
    clip = {"clip": wav(TONE.tobytes())}
    async with http.stream("POST", SSE, data={**VOICE, **RAW}, files=clip) as answer:
        loop = asyncio.get_running_loop()
        times = [loop.time() async for _ in answer.aiter_raw()]
    assert len(times) > 10 and times[-1] - times[0] > 0.5


async def test_a_client_that_reads_lines(http: httpx.AsyncClient) -> None:
    headers = {"X-Fern-Language": "Python", "X-Fern-SDK-Name": "cartesia"}
    answer = await changed(http, SSE, headers=headers)
    lines = [json.loads(line) for line in answer.text.splitlines() if line]
    assert [line["type"] for line in lines][-2:] == ["chunk", "done"]


async def test_it_is_described(http: httpx.AsyncClient) -> None:
    told = (await http.get("/openapi.json")).json()
    for path in (BYTES, SSE):
        operation = told["paths"][path]["post"]
        schema = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
        assert {"clip", "voice[id]", "output_format[container]", "output_format[sample_rate]"} == set(
            schema["required"]
        )
    assert "audio/mpeg" in told["paths"][BYTES]["post"]["responses"]["200"]["content"]
