from __future__ import annotations

import json

import pytest

from myna.speech.errors import (
    AuthError,
    EngineCrashed,
    InvalidRequest,
    ModelNotFound,
    MynaError,
    NotFound,
    NotOffered,
    Overloaded,
    PermissionDenied,
    RequestRejected,
    VoiceNotFound,
)
from myna.wire.cartesia.codec import encode
from myna.wire.cartesia.errors import error_event, from_event, from_http, http_error
from myna.wire.cartesia.messages import Error


def test_text_before_2026_and_an_object_since() -> None:
    error = VoiceNotFound("No voice\nhas this id.")
    status, headers, body = http_error(error, "2025-11-04", "r1")
    assert (status, headers["content-type"]) == (400, "text/plain; charset=utf-8")
    assert body == b"Unknown voice: No voice has this id."
    status, headers, body = http_error(error, "2026-03-01", "r1")
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {
        "error_code": "voice_not_found",
        "title": "Unknown voice",
        "message": "No voice\nhas this id.",
        "request_id": "r1",
    }


def test_headers_that_say_what_to_do() -> None:
    assert http_error(Overloaded("full", retry_after=0.2), "2026-03-01", "")[1]["retry-after"] == "1"
    assert http_error(AuthError("who?"), "2026-03-01", "")[1]["www-authenticate"] == "Bearer"


def test_the_event_has_the_fields_of_every_version() -> None:
    event = json.loads(encode(error_event(ModelNotFound("No."), context_id="a", request_id="r")))
    assert event == {
        "type": "error", "context_id": "a", "status_code": 400, "done": True, "error": "Unknown model: No.",
        "title": "Unknown model", "message": "No.", "error_code": "model_not_found", "request_id": "r",
    }  # fmt: skip


@pytest.mark.parametrize("version", ["2024-06-10", "2026-08-14"])
@pytest.mark.parametrize(
    "error",
    [
        InvalidRequest("x"), AuthError("x"), PermissionDenied("x"), NotFound("x"), NotOffered("x"),
        Overloaded("x", retry_after=3), EngineCrashed("x"),
    ],
)  # fmt: skip
def test_there_and_back(error: MynaError, version: str) -> None:
    status, headers, body = http_error(error, version, "r9")
    back = from_http(status, headers, body)
    assert back.status_code == error.status_code
    assert back.message == "x"
    assert back.retryable == error.retryable or isinstance(error, EngineCrashed)
    assert type(back) is type(error) or isinstance(error, EngineCrashed)
    if isinstance(back, Overloaded):
        assert back.retry_after == 3


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "model_not_found", ModelNotFound),
        (404, "voice_not_found", VoiceNotFound),
        (402, None, PermissionDenied),
        (418, "brand_new", RequestRejected),
        (500, "model_not_found", MynaError),
        (503, None, Overloaded),
    ],
)
def test_classes_by_status_and_code(status: int, code: str | None, kind: type[MynaError]) -> None:
    event = Error(status_code=status, error_code=code, title="T", message="m", context_id="a", request_id="r")
    error = from_event(event)
    assert type(error) is kind
    assert (error.status_code, error.error_code, error.context_id, error.request_id) == (
        status,
        code,
        "a",
        "r",
    )


def test_bodies_of_strangers() -> None:
    assert from_http(502, {}, b"").message == "The server answered 502."
    assert from_http(400, {}, b"[1]").message == "[1]"
    assert from_http(400, {"x-request-id": "q"}, b"\xff").request_id == "q"
    assert from_http(429, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, b"x").status_code == 429
    assert from_event(Error(error="Title: message")).message == "message"
    assert from_event(Error()).status_code == 500
