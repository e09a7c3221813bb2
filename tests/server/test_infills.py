"""`POST /infill/bytes` over real sockets."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from myna.conversation.infilling import MOST_CHARACTERS
from myna.speech.errors import ClipRejected, EngineError
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import Running
from myna.wire.cartesia.infills import EMOTION, SPEED
from myna.wire.cartesia.versions import VERSIONS
from tests.server.conftest import LATEST, until
from tests.sound import of_file, of_wav, wav_header

TEXTS = {
    "model_id": "sonic-2",
    "language": "en",
    "transcript": "and so on",
    "voice_id": "Ada",
    "output_format[container]": "wav",
    "output_format[encoding]": "pcm_s16le",
    "output_format[sample_rate]": "16000",
}
SECONDS = 0.6
"""Three words of the scripted voice."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Uploads go where the test can see what is left of them."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


async def infilled(
    http: httpx.AsyncClient, version: str = LATEST, sides: str = "left right", **texts: Any
) -> httpx.Response:
    """Ask for an infill between sides that a scripted provider does not look at."""
    data = {name: value for name, value in {**TEXTS, **texts}.items() if value is not None}
    files = {f"{side}_audio": (f"{side}.wav", b"a recording") for side in sides.split()}
    return await http.post("/infill/bytes", headers={"cartesia-version": version}, data=data, files=files)


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_version(
    http: httpx.AsyncClient, provider: ScriptedProvider, server: Running, folder: Path, version: str
) -> None:
    answer = await infilled(http, version, **{SPEED: "fast", EMOTION: ["anger:high", "curiosity"]})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    header = wav_header(answer.content)
    assert header.riff_size == len(answer.content) - 8
    assert header.data_size == len(answer.content) - header.data_offset
    assert of_wav(answer.content).duration == pytest.approx(SECONDS, abs=0.01)
    [asked] = provider.infills
    assert asked.text == "and so on" and asked.left is not None and asked.right is not None
    assert asked.left.name != asked.right.name
    assert asked.speech.delivery.emotion == "angry" and asked.speech.delivery.speed > 1
    assert b"myna_audio_seconds_total 0.6" in server.house.metrics.text()
    await until(lambda: not list(folder.iterdir()))


@pytest.mark.parametrize("side", ["left", "right"])
async def test_one_side(http: httpx.AsyncClient, provider: ScriptedProvider, side: str) -> None:
    assert (await infilled(http, sides=side)).status_code == 200
    [asked] = provider.infills
    assert (asked.left is not None, asked.right is not None) == (side == "left", side == "right")


@pytest.mark.parametrize("encoding", ["pcm_f32le", "pcm_s16le", "pcm_mulaw", "pcm_alaw"])
async def test_raw(http: httpx.AsyncClient, encoding: str) -> None:
    texts = {"output_format[container]": "raw", "output_format[encoding]": encoding}
    answer = await infilled(http, **texts)
    size = {"pcm_f32le": 4, "pcm_s16le": 2}.get(encoding, 1)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert len(answer.content) == pytest.approx(SECONDS * 16000 * size, abs=200 * size)


async def test_mp3(http: httpx.AsyncClient) -> None:
    texts = {
        "output_format[container]": "mp3",
        "output_format[sample_rate]": "44100",
        "output_format[bit_rate]": "128000",
    }
    answer = await infilled(http, **texts)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")
    assert of_file(answer.content).duration == pytest.approx(SECONDS, abs=0.1)


async def test_both_sides_missing(http: httpx.AsyncClient, provider: ScriptedProvider) -> None:
    answer = await http.post(
        "/infill/bytes", headers={"cartesia-version": LATEST}, files={k: (None, v) for k, v in TEXTS.items()}
    )
    assert (answer.status_code, answer.json()["error_code"]) == (400, "invalid_request")
    assert "left_audio and right_audio are both missing" in answer.json()["message"]
    plain = await http.post("/infill/bytes", files={k: (None, v) for k, v in TEXTS.items()})
    assert (plain.status_code, plain.text.startswith("Invalid request: ")) == (400, True)
    assert not provider.infills


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ({"voice_id": "nobody"}, "voice_not_found"), ({"transcript": " "}, "invalid_request"),
        ({"transcript": "x" * (MOST_CHARACTERS + 1)}, "invalid_request"),
        ({"model_id": None}, "invalid_request"), ({"output_format[encoding]": None}, "unsupported_format"),
        ({"output_format[container]": "mp3"}, "unsupported_format"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told(http: httpx.AsyncClient, texts: dict[str, Any], code: str) -> None:
    answer = await infilled(http, **texts)
    assert (answer.status_code, answer.json()["error_code"]) == (400, code)


async def test_an_empty_side(http: httpx.AsyncClient) -> None:
    files = {"left_audio": ("a.wav", b""), "right_audio": ("b.wav", b"x")}
    answer = await http.post("/infill/bytes", data=TEXTS, files=files)
    assert answer.status_code == 400 and "left_audio is empty" in answer.text


@pytest.mark.parametrize(
    ("error", "status"), [(ClipRejected("No audio can be read."), 400), (EngineError("It broke."), 500)]
)
async def test_what_goes_wrong_later(
    http: httpx.AsyncClient, provider: ScriptedProvider, folder: Path, error: Exception, status: int
) -> None:
    provider.script = Script(failures={"so": error})  # type: ignore[dict-item]
    assert (await infilled(http)).status_code == status
    assert provider.live == 0
    await until(lambda: not list(folder.iterdir()))


async def test_it_is_described(http: httpx.AsyncClient) -> None:
    told = (await http.get("/openapi.json")).json()["paths"]["/infill/bytes"]["post"]
    assert set(told["responses"]["200"]["content"]) == {
        "audio/wav", "audio/mpeg", "application/octet-stream"
    }  # fmt: skip
    schema = told["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert schema["anyOf"] == [{"required": ["left_audio"]}, {"required": ["right_audio"]}]
    assert not {"left_audio", "right_audio"} & set(schema["required"])
    assert {"transcript", "voice_id", "output_format[container]"} <= set(schema["required"])
