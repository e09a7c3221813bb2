from __future__ import annotations

from typing import Any

import msgspec
import pytest

from myna.providers.local import catalogue, models
from myna.speech.errors import (
    AuthError,
    EngineCrashed,
    EngineError,
    InvalidRequest,
    ModelNotFound,
    MynaError,
    NotFound,
    NotOffered,
    Overloaded,
    PermissionDenied,
    VoiceNotFound,
)
from myna.speech.formats import check_any
from myna.wire.openai.errors import http_error, speaks_openai
from myna.wire.openai.models import SPEAKING, stand_in
from myna.wire.openai.speech import FORMATS, SpeechBody, media_type, output_format, speech_request, usage
from myna.wire.openai.voices import STAND_INS, voice_entries

NAMES = "alloy ash ballad coral echo fable onyx nova sage shimmer verse marin cedar".split()


def body(**fields: Any) -> SpeechBody:
    return msgspec.convert({"input": "Hi.", "model": "tts-1", "voice": "alloy", **fields}, SpeechBody)


def test_each_voice_has_a_stand_in_of_its_own() -> None:
    assert list(STAND_INS) == NAMES
    voices = [catalogue.by_id(id) for id in STAND_INS.values()]
    assert len({voice.id for voice in voices}) == len(NAMES)
    assert all(voice.language.startswith("en") for voice in voices)


def test_own_names_stay_their_own() -> None:
    assert speech_request(body(voice="marin")).voice != speech_request(body(voice="Marin")).voice
    listed = voice_entries(catalogue.voices()).voices
    assert len({entry.id for entry in listed}) == len(listed) == len(NAMES) + len(catalogue.voices())


def test_each_model_is_one_that_speaks_here() -> None:
    assert all(models.is_known(stand_in(name)) for name in SPEAKING)
    assert stand_in("flite") == "flite"


@pytest.mark.parametrize("name", [*FORMATS, None, ""])
def test_formats(name: str | None) -> None:
    format = output_format(body(response_format=name))
    assert check_any(format) == format and format.sample_rate == 24000
    assert media_type(body(response_format=name)).startswith("audio/")


@pytest.mark.parametrize("speed", [0.25, 1, 4.0, None])
def test_speeds(speed: float | None) -> None:
    assert speech_request(body(speed=speed)).delivery.speed == (speed or 1.0)


@pytest.mark.parametrize("speed", [0.0, 0.24, 4.01, float("nan"), float("inf")])
def test_speeds_that_cannot_be(speed: float) -> None:
    with pytest.raises(InvalidRequest, match="speed"):
        speech_request(body(speed=speed))


def test_usage_counts_what_went_in_and_out() -> None:
    assert msgspec.to_builtins(usage(3, 1.01, spoken=True)) == {
        "input_tokens": 3, "output_tokens": 11, "total_tokens": 14, "type": "tokens",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("error", "status", "type", "code"),
    [
        (InvalidRequest("x"), 400, "invalid_request_error", "invalid_request"),
        (VoiceNotFound("x"), 400, "invalid_request_error", "voice_not_found"),
        (ModelNotFound("x"), 404, "invalid_request_error", "model_not_found"),
        (NotFound("x"), 404, "invalid_request_error", "not_found"),
        (AuthError("x"), 401, "invalid_request_error", "invalid_api_key"),
        (PermissionDenied("x"), 403, "invalid_request_error", "forbidden"),
        (Overloaded("x", retry_after=1.2), 429, "rate_limit_error", "rate_limit_exceeded"),
        (EngineError("x"), 500, "server_error", "engine_error"),
        (NotOffered("x"), 501, "server_error", "not_implemented"),
    ],
)
def test_errors(error: MynaError, status: int, type: str, code: str) -> None:
    found, headers, data = http_error(error)
    told = msgspec.json.decode(data)["error"]
    assert (found, told["message"], told["type"], told["code"]) == (status, "x", type, code)
    assert headers.get("retry-after") == ("2" if status == 429 else None)
    assert headers.get("www-authenticate") == ("Bearer" if status == 401 else None)


def test_clients_are_told_what_is_not_worth_another_try() -> None:
    assert http_error(EngineError("x"))[1]["x-should-retry"] == "false"
    assert "x-should-retry" not in http_error(EngineCrashed("x"))[1]
    assert "x-should-retry" not in http_error(InvalidRequest("x"))[1]


@pytest.mark.parametrize("path", ["/v1", "/v1/x", "/audio/speech", "/models", "/models/x"])
def test_who_reads_errors_of_openai(path: str) -> None:
    assert speaks_openai(path, {})
    assert speaks_openai(path, {"cartesia-version": "2026-08-14"}) is path.startswith("/v1")


@pytest.mark.parametrize("path", ["/", "/tts/bytes", "/v1x", "/modelsx", "/audio", "/stt"])
def test_who_does_not(path: str) -> None:
    assert not speaks_openai(path, {})
