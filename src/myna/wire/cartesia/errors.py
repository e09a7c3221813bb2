"""Errors on the wire: HTTP bodies, error events, and the way back to typed errors."""

from __future__ import annotations

import math
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from myna.speech.errors import (
    AuthError,
    ClipRejected,
    DeadlineExceeded,
    InvalidRequest,
    ModelNotFound,
    MynaError,
    NotFound,
    NotOffered,
    Overloaded,
    PermissionDenied,
    RequestRejected,
    UnsupportedFormat,
    VoiceNotFound,
)
from myna.wire.cartesia.messages import Error
from myna.wire.cartesia.versions import structured_errors


class ErrorBody(Struct, kw_only=True):
    """The JSON object of an HTTP error from 2026-03-01 on."""

    error_code: str | None
    title: str
    message: str
    request_id: str
    doc_url: str | UnsetType = UNSET


def http_error(error: MynaError, version: str, request_id: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body that tell an HTTP client of this error."""
    headers = retry_headers(error)
    if structured_errors(version):
        headers["content-type"] = "application/json"
        body = ErrorBody(
            error_code=error.error_code, title=error.title, message=error.message, request_id=request_id
        )
        return error.status_code, headers, msgspec.json.encode(body)
    headers["content-type"] = "text/plain; charset=utf-8"
    return error.status_code, headers, _line(error).encode(errors="replace")


def retry_headers(error: MynaError) -> dict[str, str]:
    """What a client is told to do before it tries again: wait, or show a key."""
    headers = {}
    if isinstance(error, Overloaded) and error.retry_after is not None:
        headers["retry-after"] = str(max(math.ceil(error.retry_after), 1))
    if error.status_code == 401:
        headers["www-authenticate"] = "Bearer"
    return headers


def error_event(error: MynaError, *, context_id: str | None, request_id: str) -> Error:
    """The event that ends a context, with the fields of every version."""
    return Error(
        context_id=context_id,
        status_code=error.status_code,
        error=_line(error),
        title=error.title,
        message=error.message,
        error_code=error.error_code,
        request_id=request_id,
    )


def from_http(status: int, headers: dict[str, str], body: bytes) -> MynaError:
    """The typed error that an HTTP response stands for; header names are in lower case."""
    fields = _object(body)
    title, message, code = fields.get("title"), fields.get("message"), fields.get("error_code")
    if not isinstance(message, str):
        title, message = _split(body.decode(errors="replace").strip() or f"The server answered {status}.")
    request_id = fields.get("request_id") or headers.get("x-request-id")
    return typed_error(
        status,
        _text(title, message),
        code=code if isinstance(code, str) else None,
        retry_after=_seconds(headers),
        request_id=request_id if isinstance(request_id, str) else None,
    )


def from_event(event: Error) -> MynaError:
    """The typed error that an error event stands for."""
    title, message = event.title, event.message
    if message is None:
        title, message = _split(event.error or "The server reported an error without a reason.")
    return typed_error(
        event.status_code or 500,
        _text(title, message),
        code=event.error_code,
        request_id=event.request_id,
        context_id=event.context_id,
    )


def typed_error(
    status: int,
    message: str,
    *,
    code: str | None = None,
    retry_after: float | None = None,
    **where: str | None,
) -> MynaError:
    """An error of the class that fits the status and the wire's code; both are kept on it."""
    error: MynaError
    if status in (429, 503):
        error = Overloaded(message, retry_after=retry_after, **where)
    else:
        kind = _BY_CODE.get(code or "") or _BY_STATUS.get(status)
        if kind is None or (code in _BY_CODE and not 400 <= status < 500):
            kind = RequestRejected if 400 <= status < 500 else MynaError
        error = kind(message, **where)
        error.retryable = status in (408, 409) or (status >= 500 and status != 501)
    error.status_code = status
    error.error_code = code
    return error


_BY_CODE: dict[str, type[MynaError]] = {
    "model_not_found": ModelNotFound,
    "model_sunsetted": ModelNotFound,
    "voice_not_found": VoiceNotFound,
    "unsupported_format": UnsupportedFormat,
    "clip_rejected": ClipRejected,
}
_BY_STATUS: dict[int, type[MynaError]] = {
    400: InvalidRequest,
    401: AuthError,
    402: PermissionDenied,
    403: PermissionDenied,
    404: NotFound,
    408: DeadlineExceeded,
    501: NotOffered,
    504: DeadlineExceeded,
}


def _line(error: MynaError) -> str:
    return " ".join(f"{error.title}: {error.message}".split())


def _split(line: str) -> tuple[str | None, str]:
    title, colon, message = line.partition(": ")
    return (title, message) if colon and message and len(title) <= 80 else (None, line)


def _text(title: Any, message: str) -> str:
    return message or (title if isinstance(title, str) else "")


def _object(body: bytes) -> dict[str, Any]:
    try:
        fields = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _seconds(headers: dict[str, str]) -> float | None:
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(float(headers[name]) * scale, 0.0)
        except (KeyError, ValueError):
            continue
    return None
