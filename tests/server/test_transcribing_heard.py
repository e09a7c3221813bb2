"""Recordings that the engines of this machine hear, over HTTP: what was spoken here comes back as text."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
import websockets.sync.client

from tests import sound
from tests.server.conftest import LATEST
from tests.serving import Server

TEXT = "A large size in stockings is hard to sell. The boy was there when the sun rose."

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("heard")]


@pytest.fixture(scope="module")
def client(myna_server: Server) -> Any:
    with httpx.Client(base_url=f"{myna_server.url}/v1", timeout=120, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def spoken(client: httpx.Client) -> dict[str, bytes]:
    """The text, spoken by Flite, as several kinds of files."""
    body = {"model": "flite", "voice": "onyx", "input": TEXT}
    made = {}
    for format in ("mp3", "pcm"):
        answer = client.post("/audio/speech", json={**body, "response_format": format})
        if answer.status_code == 400 and "not found on this machine" in answer.text:
            pytest.skip("no Flite on this machine")
        made[format] = answer.read()
    return made


def heard(client: httpx.Client, file: bytes, path: str = "/audio/transcriptions", **data: Any) -> Any:
    query = data.pop("query", {})
    answer = client.post(path, files={"file": file}, data={"model": "whisper-1", **data}, params=query)
    return answer


def errors(text: str) -> float:
    reference = sound.words(TEXT)
    return sound.edits(reference, sound.words(text)) / len(reference)


def test_speech_comes_back_as_text(client: httpx.Client, spoken: dict[str, bytes]) -> None:
    wanted = {"response_format": "verbose_json", "timestamp_granularities[]": ["word", "segment"]}
    answer = heard(client, spoken["mp3"], **wanted).json()
    assert errors(answer["text"]) <= 0.4, answer["text"]
    assert answer["language"] == "english"
    assert answer["duration"] == pytest.approx(len(spoken["pcm"]) / 48000, abs=0.15)
    times = [time for word in answer["words"] for time in (word["start"], word["end"])]
    assert times == sorted(times) and times[-1] <= answer["duration"]
    assert "".join(part["text"] for part in answer["segments"]).strip() == answer["text"]


def test_samples_without_a_container(client: httpx.Client, spoken: dict[str, bytes]) -> None:
    query = {"encoding": "pcm_s16le", "sample_rate": "24000"}
    assert errors(heard(client, spoken["pcm"], query=query).json()["text"]) <= 0.4


def video() -> bytes:
    held = io.BytesIO()
    with av.open(held, "w", format="mp4") as file:
        stream = file.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        for shade in range(5):
            picture = av.VideoFrame.from_ndarray(np.full((32, 32, 3), shade, np.uint8), format="rgb24")
            for packet in stream.encode(picture):
                file.mux(packet)
        for packet in stream.encode():
            file.mux(packet)
    return held.getvalue()


BAD = {
    "empty": (b"", "empty"),
    "text": (b"hello " * 500, "send wav"),
    "bytes that mean nothing": (bytes(range(256)) * 100, "send wav"),
    "video without sound": (video(), "no sound"),
    "a header alone": (b"RIFF\xff\xff\xff\xffWAVEfmt ", "send"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_heard_is_refused_with_advice(client: httpx.Client, name: str) -> None:
    file, advice = BAD[name]
    answer = heard(client, file)
    assert answer.status_code == 400
    assert advice in answer.json()["error"]["message"]


def test_half_a_file_is_heard_as_far_as_it_goes(client: httpx.Client, spoken: dict[str, bytes]) -> None:
    whole = spoken["mp3"]
    answer = heard(client, whole[: len(whole) // 2])
    assert answer.status_code == 200
    assert len(answer.json()["text"].split()) > 3, "half a sentence"


def test_silence_has_no_words(client: httpx.Client) -> None:
    query = {"encoding": "pcm_s16le", "sample_rate": "16000"}
    answer = heard(client, bytes(64_000), query=query)
    assert (answer.status_code, answer.json()["text"], answer.json()["duration"]) == (200, "", 2.0)


@pytest.mark.parametrize("folder", ["/", "/no/such/folder"])
def test_nobody_learns_from_here_which_folders_there_are(client: httpx.Client, folder: str) -> None:
    model = f"faster-whisper:{folder}"
    answer = heard(client, b"RIFF", model=model)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "model_not_found"
    assert f"{folder!r} is not offered by this server" in answer.text
    query = f"model={model}&encoding=pcm_s16le&sample_rate=16000&cartesia_version={LATEST}&api_key=any"
    url = str(client.base_url.copy_with(scheme="ws", raw_path=f"/stt/websocket?{query}".encode()))
    with websockets.sync.client.connect(url, proxy=None) as socket:
        refusal = json.loads(socket.recv(timeout=20))
        assert (refusal["type"], refusal["status_code"]) == ("error", 400)
        assert "is not offered by this server" in refusal["message"]


def test_languages_and_models_that_nobody_has(client: httpx.Client, spoken: dict[str, bytes]) -> None:
    language = heard(client, spoken["mp3"], language="fi")
    assert language.status_code == 400
    assert "whisper" in language.json()["error"]["message"]
    assert heard(client, spoken["mp3"], model="whisper-9").status_code == 404


def test_people_are_heard(client: httpx.Client, corpus: Path) -> None:
    clip = corpus / "en_ls_533_1066_0008.flac"
    line = next(
        row for row in (corpus / "manifest.tsv").read_text().splitlines() if row.startswith(clip.name)
    )
    reference = sound.words(line.split("\t")[6])
    found = sound.words(heard(client, clip.read_bytes()).json()["text"])
    assert sound.edits(reference, found) / len(reference) < 0.5
