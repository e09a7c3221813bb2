"""Recordings given to the official clients: OpenAI's with all it does in audio, Cartesia's `stt.transcribe`.

What is said is spoken by the engines; what is heard is scripted, so that it can be held word for word.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from myna.providers.local.provider import LocalProvider
from myna.server.settings import Settings
from myna.speech.listening import TranscriptionEvent, TranscriptionRequest
from myna.testing.listening import Hearsay, scripted_transcript
from myna.testing.server import serve_here
from tests.clients.conftest import KEY
from tests.clients.hearing import check_speech
from tests.clients.official import Client
from tests.server.test_transcribing import RECORDING

OPENAI = Client("3.54.0", ("openai3.py",), "openai")
CARTESIA = [Client(version, ("transcribing.py",)) for version in ("2.0.17", "3.2.0", "4.2.0")]
TEXT = "the quick brown fox jumps"

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("recordings")]
Told = Callable[[Client], dict[str, Any]]


class HalfScripted(LocalProvider):
    """Speaks with the engines, and hears what is scripted."""

    def transcribe(self, request: TranscriptionRequest) -> AsyncIterator[TranscriptionEvent]:
        return scripted_transcript(request, Hearsay())


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What a client's programs report; they run at the first call."""
    made: dict[Client, dict[str, Any]] = {}

    async def run(client: Client, folder: Path) -> dict[str, Any]:
        (recording := folder / "recording.wav").write_bytes(RECORDING)
        provider = HalfScripted(data=folder / "data")
        async with serve_here(provider, Settings(keys=(KEY,), data=folder / "data")) as server:
            port = int(server.url.rpartition(":")[2])
            return await asyncio.to_thread(client.run, port, KEY, folder, RECORDING=str(recording))

    def of(client: Client) -> dict[str, Any]:
        if client not in made:
            folder = tmp_path_factory.mktemp(f"{client.package}-{client.version}-")
            made[client] = asyncio.run(run(client, folder))
        return made[client]

    return of


@pytest.mark.parametrize(
    ("client", "name"), [(client, name) for client in (OPENAI, *CARTESIA) for name in client.examples()],
    ids=lambda value: value.version if isinstance(value, Client) else str(value),
)  # fmt: skip
def test_every_program_runs(client: Client, name: str, told: Told) -> None:
    report = told(client)[name]
    assert "error" not in report, report["error"]
    if "audio" in report:
        check_speech(report)


@pytest.mark.parametrize("format", ["mp3", "opus", "aac", "flac", "wav"])
def test_openai_speech_in_every_format(format: str, told: Told) -> None:
    report = told(OPENAI)[f"speech_{format}"]
    assert "error" not in report, report.get("error")
    check_speech({**report, "sample_rate": 48000} if format == "opus" else report)


def test_openai_events(told: Told) -> None:
    report = told(OPENAI)["speech_sse"]
    assert set(report["kinds"][:-1]) == {"speech.audio.delta"}
    assert report["kinds"][-1] == "speech.audio.done" and report["usage"]["input_tokens"] == 10


def test_openai_voices_are_all_different(told: Told) -> None:
    report = told(OPENAI)["voices"]
    assert report["different"] == 13 == len(set(report["listed"][:13]))
    assert len(report["listed"]) > 100


def test_openai_models(told: Told) -> None:
    report = told(OPENAI)["models"]
    assert {"tts-1", "gpt-4o-mini-tts", "espeak"} <= set(report["ids"])
    assert (report["one"], report["object"]) == ("tts-1", "model")


def test_openai_transcriptions(told: Told) -> None:
    reports = told(OPENAI)
    plain = reports["transcription"]
    assert (plain["text"], plain["usage"]) == (TEXT, "duration") and plain["request_id"]
    bare = reports["transcription_at_the_bare_host"]
    assert (bare["text"], len(bare["words"]), bare["duration"]) == (TEXT, 5, 2.2)
    made = reports["transcription_formats"]["made"]
    assert made["text"].strip() == TEXT
    assert made["srt"].startswith("1\n00:00:00,000") and made["vtt"].startswith("WEBVTT")
    assert reports["transcriptions_async"]["texts"] == [TEXT] * 3


def test_openai_verbose(told: Told) -> None:
    report = told(OPENAI)["transcription_verbose"]
    assert (report["kind"], report["language"], report["duration"]) == (
        "TranscriptionVerbose",
        "english",
        2.2,
    )
    assert [word for word, _, _ in report["words"]] == TEXT.split()
    assert [text for *_, text in report["segments"]] == ["the quick brown", " fox jumps"]
    assert all(isinstance(number, float) for number, *_ in report["numbers"])


def test_openai_stream(told: Told) -> None:
    report = told(OPENAI)["transcription_stream"]
    kinds = ["TranscriptionTextDeltaEvent"] * 2 + ["TranscriptionTextDoneEvent"]
    assert report["kinds"] == kinds
    assert report["deltas"] == report["text"] == TEXT
    assert report["tokens"] == 27


def test_openai_errors(told: Told) -> None:
    wrong = ["BadRequestError", 400]
    kinds = {name: report[:4] for name, report in told(OPENAI)["errors"]["found"].items()}
    assert kinds == {
        "voice": [*wrong, "voice_not_found", "invalid_request_error"],
        "model": ["NotFoundError", 404, "model_not_found", "invalid_request_error"],
        "format": [*wrong, "unsupported_format", "invalid_request_error"],
        "speed": [*wrong, "invalid_request", "invalid_request_error"],
        "file": [*wrong, "audio_rejected", "invalid_request_error"],
        "empty": [*wrong, "invalid_request", "invalid_request_error"],
        "translation": ["InternalServerError", 501, "not_implemented", "server_error"],
        "key": ["AuthenticationError", 401, "invalid_api_key", "invalid_request_error"],
        "path": ["NotFoundError", 404, "not_found", "invalid_request_error"],
        "retrieve": ["NotFoundError", 404, "model_not_found", "invalid_request_error"],
    }
    assert all(report[4] for report in told(OPENAI)["errors"]["found"].values()), "a request id is missing"


@pytest.mark.parametrize("client", CARTESIA, ids=lambda client: client.version)
def test_cartesia_transcripts(client: Client, told: Told) -> None:
    reports = told(client)
    for name in ("transcribe", "transcribe_async", "transcribe_samples"):
        report = reports[name]
        assert (report["text"], report["language"], report["duration"]) == (TEXT, "en", 2.2)
    for name in ("transcribe", "transcribe_async"):
        assert [word for word, _, _ in reports[name]["words"]] == TEXT.split()
    assert reports["transcribe_plain"]["words"] is None
    kind = "ApiError" if client.version.startswith("2.") else "BadRequestError"
    for found in reports["rejected"]["found"].values():
        assert found[1] == 400 and found[0] in (kind, "BadRequestError")
