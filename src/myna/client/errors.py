"""The errors of remote calls, under the names that Cartesia's clients use.

Each is also an error of `myna.speech.errors`, so that one `except` can name either the HTTP status or
who has to act.

CartesiaError                            MynaError
├── APIError
│   ├── APIResponseValidationError       ProtocolViolation
│   ├── APIStatusError
│   │   ├── BadRequestError              InvalidRequest
│   │   │   ├── VoiceNotFoundError       VoiceNotFound
│   │   │   ├── ModelNotFoundError       ModelNotFound
│   │   │   └── UnsupportedFormatError   UnsupportedFormat
│   │   ├── AuthenticationError          AuthError
│   │   ├── PermissionDeniedError        PermissionDenied
│   │   ├── NotFoundError                NotFound
│   │   │   └── VoiceMissingError        VoiceNotFound
│   │   ├── ConflictError                RequestRejected
│   │   ├── UnprocessableEntityError     InvalidRequest
│   │   ├── RateLimitError               Overloaded
│   │   └── InternalServerError
│   │       └── NotOfferedError          NotOffered
│   └── APIConnectionError               ConnectionLost
│       └── APITimeoutError              DeadlineExceeded
├── WebSocketConnectionClosedError       ConnectionLost
├── WebSocketQueueFullError              Overloaded
├── GenerationFailed                     RuntimeError
├── ClientClosed                         UsageError, RuntimeError
├── StreamAlreadyConsumed                UsageError
└── InvalidCall                          UsageError, ValueError
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from myna.speech.errors import (
    AuthError,
    ConnectionLost,
    DeadlineExceeded,
    InvalidRequest,
    ModelNotFound,
    MynaError,
    NotFound,
    NotOffered,
    Overloaded,
    PermissionDenied,
    ProtocolViolation,
    RequestRejected,
    UnsupportedFormat,
    UsageError,
    VoiceNotFound,
)

if TYPE_CHECKING:
    import httpx

    from myna.client.events import Event

RETRIED = (408, 409, 429)
"""Statuses besides 5xx with which the same request may be sent again."""


class CartesiaError(MynaError):
    """The root of errors that come out of a remote call."""


class InvalidCall(CartesiaError, UsageError, ValueError):
    """The arguments of a call do not go together."""


class APIError(CartesiaError):
    """A remote call failed.

    Attributes:
        request: what was sent; None where it was not HTTP.
        body: decoded JSON of the response, else its text; None where there was none.
    """

    def __init__(self, message: str, request: httpx.Request | None, *, body: object | None) -> None:
        MynaError.__init__(self, message)
        self.request = request
        self.body = body


class APIStatusError(APIError):
    """The server answered with a status of 400 or more.

    Attributes:
        response: the whole response.
        status_code: its status.
    """

    def __init__(self, message: str, *, response: httpx.Response, body: object | None) -> None:
        APIError.__init__(self, message, response.request, body=body)
        self.response = response
        self.status_code = response.status_code
        fields = body if isinstance(body, dict) else {}
        self.error_code = _text(fields.get("error_code"))
        self.request_id = _text(fields.get("request_id")) or response.headers.get("x-request-id")
        self.retryable = self.status_code in RETRIED or (self.status_code >= 500 and self.status_code != 501)
        self.retry_after: float | None = _seconds(response.headers.get("retry-after"))


class APIResponseValidationError(APIError, ProtocolViolation):
    """The server answered something that cannot be read as what was asked for."""

    def __init__(self, response: httpx.Response, body: object | None, *, message: str | None = None) -> None:
        APIError.__init__(
            self,
            message or "The server's answer is not of the expected form.",
            response.request,
            body=body,
        )
        self.response = response
        self.status_code = response.status_code


class BadRequestError(APIStatusError, InvalidRequest):
    """Status 400."""


class AuthenticationError(APIStatusError, AuthError):
    """Status 401."""


class PermissionDeniedError(APIStatusError, PermissionDenied):
    """Status 403."""


class NotFoundError(APIStatusError, NotFound):
    """Status 404."""


class ConflictError(APIStatusError, RequestRejected):
    """Status 409."""


class UnprocessableEntityError(APIStatusError, InvalidRequest):
    """Status 422."""


class VoiceNotFoundError(BadRequestError, VoiceNotFound):
    """Status 400: no voice has the id that a request for speech names."""


class VoiceMissingError(NotFoundError, VoiceNotFound):
    """Status 404: no voice has this id."""


class ModelNotFoundError(BadRequestError, ModelNotFound):
    """Status 400: no model has this id."""


class UnsupportedFormatError(BadRequestError, UnsupportedFormat):
    """Status 400: the output format does not exist or is not allowed here."""


class RateLimitError(APIStatusError, Overloaded):
    """Status 429."""


class InternalServerError(APIStatusError):
    """Status 500 or more."""


class NotOfferedError(InternalServerError, NotOffered):
    """Status 501: this server does not offer it."""


class APIConnectionError(APIError, ConnectionLost):
    """No connection, or it broke before the answer was complete."""

    def __init__(self, *, message: str = "Connection error.", request: httpx.Request | None = None) -> None:
        APIError.__init__(self, message, request, body=None)
        self.code: int | None = None
        self.reason = ""
        self.retryable = True


class APITimeoutError(APIConnectionError, DeadlineExceeded):
    """Nothing came within the time allowed."""

    def __init__(self, request: httpx.Request | None = None, *, message: str = "Request timed out.") -> None:
        APIConnectionError.__init__(self, message=message, request=request)


class WebSocketConnectionClosedError(CartesiaError, ConnectionLost):
    """The WebSocket ended before its work.

    Attributes:
        code, reason: of the close frame; 1006 where there was none.
        unsent_messages: what was not sent, as JSON texts.
    """

    def __init__(
        self,
        message: str,
        *,
        unsent_messages: list[str] | None = None,
        code: int | None = None,
        reason: str = "",
        context_id: str | None = None,
    ) -> None:
        ConnectionLost.__init__(self, message, code=code, reason=reason, context_id=context_id)
        self.unsent_messages = unsent_messages or []


class WebSocketQueueFullError(CartesiaError, Overloaded):
    """More of a context waits unread than is held for it; its later events were dropped."""


class GenerationFailed(CartesiaError, RuntimeError):
    """An error event came where the older generations raise."""


class ClientClosed(CartesiaError, UsageError, RuntimeError):
    """`close` was called on this client."""

    def __init__(self) -> None:
        super().__init__("This client is closed; make a new one.")


class StreamAlreadyConsumed(CartesiaError, UsageError):
    """The body of this response was read before; keep what you read."""

    def __init__(self) -> None:
        super().__init__("The body of this response was read before; call `read()` first to keep it.")


_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
    501: NotOfferedError,
}
_BY_CODE: dict[tuple[int, object], type[APIStatusError]] = {
    (400, "voice_not_found"): VoiceNotFoundError,
    (404, "voice_not_found"): VoiceMissingError,
    (400, "model_not_found"): ModelNotFoundError,
    (400, "unsupported_format"): UnsupportedFormatError,
}


def status_error(response: httpx.Response) -> APIStatusError:
    """The error for a response whose body was read and whose status is 400 or more."""
    text = response.text
    body: Any
    try:
        body = json.loads(text)
        message = f"Error code: {response.status_code} - {body}"
    except ValueError:
        body = text.strip()
        message = body or f"Error code: {response.status_code}"
    code = body.get("error_code") if isinstance(body, dict) else None
    kind = _BY_CODE.get((response.status_code, code)) or _BY_STATUS.get(response.status_code)
    if kind is None:
        kind = InternalServerError if response.status_code >= 500 else APIStatusError
    return kind(message, response=response, body=body)


def error_of_event(event: Event, path: str) -> APIStatusError:
    """The error that an error event stands for, as if it had been the answer to a call of `path`."""
    import httpx

    status = event.status_code
    known = status if status is not None and 400 <= status < 600 else 500
    fields = {name: value for name, value in event.to_dict().items() if value is not None}
    return status_error(httpx.Response(known, json=fields, request=httpx.Request("GET", path)))


def broken_connection(request: httpx.Request, error: Exception) -> APIConnectionError:
    """The error for a request that got no whole answer."""
    message = f"Connection error: {error}; check that the server runs and the address is right."
    return APIConnectionError(message=message, request=request)


def opening_error(error: MynaError, url: str) -> CartesiaError:
    """The error for a WebSocket that could not be opened."""
    import httpx

    from myna.transport.protocols import HandshakeRefused

    request = httpx.Request("GET", url.partition("?")[0])
    if isinstance(error, HandshakeRefused):
        response = httpx.Response(error.status, headers=error.headers, content=error.body, request=request)
        return status_error(response)
    if isinstance(error, DeadlineExceeded):
        return APITimeoutError(request, message=error.message)
    return APIConnectionError(message=error.message, request=request)


def lost(error: ConnectionLost, context_id: str | None = None) -> WebSocketConnectionClosedError:
    """A fresh error that tells the same loss."""
    return WebSocketConnectionClosedError(
        error.message, code=error.code, reason=error.reason, context_id=context_id
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _seconds(value: str | None) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None
