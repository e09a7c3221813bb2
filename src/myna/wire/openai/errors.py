"""Errors as OpenAI's clients read them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from myna.speech.errors import (
    ModelNotFound,
    MynaError,
    Overloaded,
    UnsupportedFormat,
    UnsupportedInput,
    VoiceNotFound,
)
from myna.wire.cartesia.errors import retry_headers

_CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded"}
_PARAMS: dict[type[MynaError], str | None] = {
    ModelNotFound: "model",
    VoiceNotFound: "voice",
    UnsupportedInput: None,  # its encoding or its rate
    UnsupportedFormat: "response_format",
}


class OpenAiError(Struct, kw_only=True):
    """What is wrong; `param` names the field, where one is at fault."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class OpenAiErrorBody(Struct, kw_only=True):
    """The body of every error under `/v1`."""

    error: OpenAiError


def speaks_openai(path: str, headers: Mapping[str, str]) -> bool:
    """Whether who asks for a path reads errors as OpenAI's clients do.

    Args:
        path: without a slash at its end.
        headers: names in lower case.
    """
    if path == "/v1" or path.startswith("/v1/"):
        return True
    bare = path.startswith(("/audio/", "/models/")) or path == "/models"
    return bare and "cartesia-version" not in headers


def http_error(error: MynaError) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body that tell an HTTP client of this error."""
    status = 404 if isinstance(error, ModelNotFound) else error.status_code
    headers = {"content-type": "application/json", **retry_headers(error)}
    if status >= 500 and not error.retryable:
        headers["x-should-retry"] = "false"  # these clients try again whatever they are not told of
    return status, headers, msgspec.json.encode(error_body(error))


def error_body(error: MynaError) -> OpenAiErrorBody:
    """The error as an object; also the event that ends a stream."""
    status = error.status_code
    if isinstance(error, Overloaded):
        kind = "rate_limit_error" if status == 429 else "server_error"
    else:
        kind = "invalid_request_error" if status < 500 else "server_error"
    param = next((name for type_, name in _PARAMS.items() if isinstance(error, type_)), None)
    code = _CODES.get(status) or error.error_code
    return OpenAiErrorBody(error=OpenAiError(message=error.message, type=kind, param=param, code=code))
