"""`POST /stt` over real sockets."""

from __future__ import annotations

import asyncio
import io
import json
import tempfile
import wave
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from myna.conversation import patience
from myna.server.settings import Limits, Settings
from myna.speech.errors import EngineError
from myna.testing.listening import Hearsay
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import Running
from tests.server.conftest import LATEST, until

NEWEST = {"cartesia-version": LATEST}


def speech(words: int = 3, *, rate: int = 16000) -> bytes:
    """16-bit samples that a scripted listener hears as so many words, then 0.6 s of silence."""
    loud = np.full(round(words * 0.2 * rate), 8000, dtype="<i2")
    return loud.tobytes() + bytes(2 * round(0.6 * rate))


def wav(*parts: bytes, rate: int = 16000) -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(parts))
    return held.getvalue()


RECORDING = wav(speech(3), speech(2))


async def transcribed(http: httpx.AsyncClient, file: object = RECORDING, **more: Any) -> httpx.Response:
    data = {"model": "ink-whisper", **more.pop("data", {})}
    return await http.post("/stt", headers=NEWEST, files={"file": file}, data=data, **more)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Uploads go where the test can see what is left of them."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


async def test_a_file(server: Running, http: httpx.AsyncClient, folder: Path) -> None:
    answer = await transcribed(http)
    assert b"myna_heard_seconds_total 2.2" in server.house.metrics.text()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == {
        "type": "transcript",
        "request_id": answer.headers["x-request-id"],
        "text": "the quick brown fox jumps",
        "is_final": True,
        "duration": 2.2,
        "language": "en",
    }
    await until(lambda: not list(folder.iterdir()))


@pytest.mark.parametrize("name", ["timestamp_granularities[]", "timestamp_granularities"])
async def test_words_where_they_are_asked_for(http: httpx.AsyncClient, name: str) -> None:
    words = (await transcribed(http, data={name: ["word", "word"], "language": "en-GB"})).json()["words"]
    assert words[0] == {"word": "the", "start": 0.0, "end": 0.2}
    assert [word["word"] for word in words] == ["the", "quick", "brown", "fox", "jumps"]
    assert words[3]["start"] == pytest.approx(1.2, abs=0.05)


async def test_samples_without_a_container(http: httpx.AsyncClient) -> None:
    query = {"encoding": "pcm_s16le", "sample_rate": "16000"}
    answer = (await transcribed(http, speech(2), params=query)).json()
    assert (answer["text"], answer["duration"]) == ("the quick", 1.0)


async def test_the_order_of_the_parts_is_free(http: httpx.AsyncClient) -> None:
    parts = [
        b'Content-Disposition: form-data; name="language"\r\n\r\nen',
        b'Content-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + RECORDING,
        b'Content-Disposition: form-data; name="model"; filename="m"\r\n\r\nink-whisper',
    ]
    kind = {"content-type": "multipart/form-data; boundary=b"}
    texts = []
    for order in (parts, parts[::-1], [parts[1], parts[0], parts[2]]):
        body = b"".join(b"--b\r\n" + part + b"\r\n" for part in order) + b"--b--\r\n"
        texts.append((await http.post("/stt", content=body, headers=kind)).json()["text"])
    assert texts == ["the quick brown fox jumps"] * 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"data": {"model": ""}}, "model is missing"),
        ({"data": {"language": "no language"}}, "not a language"),
        ({"data": {"timestamp_granularities[]": "segment"}}, "timestamp_granularities"),
        ({"params": {"encoding": "pcm_s16le"}}, "sample_rate is missing"),
        ({"params": {"sample_rate": "16000"}}, "encoding is missing"),
        ({"params": {"encoding": "mp3", "sample_rate": "16000"}}, "pcm_s16le"),
        ({"params": {"encoding": "pcm_s16le", "sample_rate": "many"}}, "sample_rate"),
        ({"params": {"encoding": "pcm_s16le", "sample_rate": "12"}}, "4000"),
        ({"file": b""}, "file is empty"),
        ({"file": b"no recording"}, "wav"),
        ({"data": {"prompt": "x" * 70_000}}, "prompt is larger"),
    ],
)
async def test_what_is_wrong_is_said(
    http: httpx.AsyncClient, folder: Path, change: dict[str, Any], said: str
) -> None:
    answer = await transcribed(http, **change)
    assert answer.status_code == 400
    assert said in answer.json()["message"]
    await until(lambda: not list(folder.iterdir()))


async def test_a_format_that_cannot_come_in(http: httpx.AsyncClient) -> None:
    answer = await transcribed(http, params={"encoding": "mp3", "sample_rate": "16000"})
    assert answer.json()["title"] == "Unsupported input format"


async def test_no_form(http: httpx.AsyncClient) -> None:
    assert (await http.post("/stt", json={}, headers=NEWEST)).status_code == 415
    missing = await http.post("/stt", files={"other": b"x"}, data={"model": "m"}, headers=NEWEST)
    assert (missing.status_code, "file is missing" in missing.json()["message"]) == (400, True)
    assert (await http.get("/stt")).status_code == 405


@pytest.mark.parametrize("script", [Script(models=frozenset({"ink-2"}))], indirect=True)
async def test_an_unknown_model(http: httpx.AsyncClient) -> None:
    answer = await transcribed(http)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "model_not_found")


class TestLongRecordings:
    @pytest.fixture(autouse=True)
    def impatience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.05)
        monkeypatch.setattr(patience, "BEAT_SECONDS", 0.02)

    @pytest.mark.parametrize("script", [Script(hearsay=Hearsay(delay=0.05))], indirect=True)
    async def test_are_answered_with_blanks_meanwhile(self, http: httpx.AsyncClient, folder: Path) -> None:
        form = {"files": {"file": RECORDING}, "data": {"model": "m"}}
        async with http.stream("POST", "/stt", **form) as answer:
            pieces = [piece async for piece in answer.aiter_raw()]
        assert answer.status_code == 200 and "content-length" not in answer.headers
        whole = b"".join(pieces)
        assert whole.startswith(b"\n\n") and len(pieces) > 3
        assert json.loads(whole)["text"] == "the quick brown fox jumps"
        await until(lambda: not list(folder.iterdir()))

    @pytest.mark.parametrize(
        "script", [Script(hearsay=Hearsay(delay=0.1, failures={2: EngineError("broken")}))], indirect=True
    )
    async def test_break_off_where_the_engine_fails(self, http: httpx.AsyncClient, folder: Path) -> None:
        with pytest.raises(httpx.RemoteProtocolError):
            await transcribed(http)
        assert (await http.get("/")).status_code == 200
        await until(lambda: not list(folder.iterdir()))

    @pytest.mark.parametrize("script", [Script(hearsay=Hearsay(delay=0.2))], indirect=True)
    @pytest.mark.parametrize("begun", [False, True])
    async def test_are_stopped_when_their_client_goes(
        self, server: Running, http: httpx.AsyncClient, folder: Path, begun: bool, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.05 if begun else 30.0)
        asking = asyncio.create_task(transcribed(http, wav(*[speech(20)] * 20)))
        await until(lambda: server.house.admission.contexts == 1 and bool(list(folder.iterdir())))
        await asyncio.sleep(0.2)
        asking.cancel()
        await until(lambda: server.house.admission.contexts == 0 and not list(folder.iterdir()))


@pytest.mark.parametrize(
    "script", [Script(hearsay=Hearsay(failures={2: EngineError("broken")}))], indirect=True
)
async def test_a_failure_soon_enough_is_a_status(http: httpx.AsyncClient) -> None:
    answer = await transcribed(http)
    assert (answer.status_code, answer.json()["error_code"]) == (500, "engine_error")


@pytest.mark.parametrize(
    ("settings", "script"),
    [(Settings(limits=Limits(contexts=1)), Script(hearsay=Hearsay(delay=0.1)))],
    indirect=True,
)
async def test_too_many_at_once(server: Running, http: httpx.AsyncClient) -> None:
    first = asyncio.create_task(transcribed(http))
    await until(lambda: server.house.admission.contexts == 1)
    second = await transcribed(http)
    assert (second.status_code, second.headers["retry-after"]) == (429, "1")
    assert (await first).status_code == 200


@pytest.mark.parametrize("settings", [Settings(limits=Limits(upload=1000, recording=200_000))], indirect=True)
async def test_recordings_have_a_limit_of_their_own(http: httpx.AsyncClient) -> None:
    assert (await transcribed(http)).status_code == 200
    assert (await transcribed(http, bytes(200_001))).status_code == 413


async def test_in_process(provider: ScriptedProvider) -> None:
    from myna.client.aio.local import AsyncLocalTransport
    from myna.client.desk import Desk

    desk = Desk(provider)
    async with httpx.AsyncClient(transport=AsyncLocalTransport(desk), base_url="http://here") as client:
        answer = await transcribed(client, data={"timestamp_granularities[]": "word"})
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        assert len(answer.json()["words"]) == 5
    await desk.aclose()
