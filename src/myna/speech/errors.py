"""Every error of Myna, split by who acts next.

MynaError
├── UsageError                 you: a call that cannot work as written
├── RequestRejected            you: the request is wrong (400-422)
│   ├── InvalidRequest         400
│   │   ├── UnsupportedFormat
│   │   │   └── UnsupportedInput
│   │   ├── ModelNotFound
│   │   ├── VoiceNotFound      400 in a request for speech, 404 as a resource
│   │   └── AudioRejected      a recording that cannot be read, or is too long
│   │       └── ClipRejected   no voice can be made of it
│   └── NotFound               404
├── AuthError                  you: credentials (401)
│   └── PermissionDenied       403
├── Overloaded                 wait `retry_after` seconds (429, 503)
│   └── LibraryUnavailable     what is kept is out of reach, or there is no room
├── NotOffered                 this server or build cannot do it (501)
├── ConnectionLost             the network; reconnect
├── DeadlineExceeded           nothing came in time
├── ProtocolViolation          the peer broke the protocol
└── EngineError                an engine failed (500)
├── EngineCrashed
└── EngineTimeout
"""

from __future__ import annotations

from typing import ClassVar


class MynaError(Exception):
    """The root. `message` says the cause, then the remedy; it never holds a secret.

    Attributes:
        title: short summary, the wire's `title`.
        status_code: the HTTP status that stands for it.
        error_code: machine code of the wire, or None.
        retryable: whether the same call may succeed later.
        request_id, context_id, provider: where it happened, as far as known.
    """

    title: ClassVar[str] = "Error"
    status_code: int = 500
    error_code: str | None = "internal_error"
    retryable: bool = False

    def __init__(
        self,
        message: str,
        *,
        request_id: str | None = None,
        context_id: str | None = None,
        provider: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.request_id = request_id
        self.context_id = context_id
        self.provider = provider


class UsageError(MynaError):
    """The call cannot work as written."""

    title = "Invalid call"
    status_code = 400
    error_code = "invalid_request"


class RequestRejected(MynaError):
    """The request is wrong; sending it again will not help."""

    title = "Invalid request"
    status_code = 400
    error_code = "invalid_request"


class InvalidRequest(RequestRejected):
    """A field is missing, malformed or out of its range."""


class UnsupportedFormat(InvalidRequest):
    """The output format does not exist or is not allowed here."""

    title = "Unsupported output format"
    error_code = "unsupported_format"


class UnsupportedInput(UnsupportedFormat):
    """Audio cannot come in like this: there is no such encoding, or no such rate."""

    title = "Unsupported input format"


class ModelNotFound(InvalidRequest):
    """No model has this id."""

    title = "Unknown model"
    error_code = "model_not_found"


class VoiceNotFound(InvalidRequest):
    """No voice has this id."""

    title = "Unknown voice"
    error_code = "voice_not_found"


class AudioRejected(InvalidRequest):
    """The recording cannot be read, or there is too much of it."""

    title = "Unusable audio"
    error_code = "audio_rejected"


class ClipRejected(AudioRejected):
    """No voice can be made of this recording: unreadable, too short, silent, clipped or without speech."""

    title = "Unusable clip"
    error_code = "clip_rejected"


class NotFound(RequestRejected):
    """There is no such resource."""

    title = "Not found"
    status_code = 404
    error_code = "not_found"


class AuthError(MynaError):
    """Credentials are missing or wrong."""

    title = "Unauthorized"
    status_code = 401
    error_code = "unauthorized"


class PermissionDenied(AuthError):
    """The credentials do not allow this."""

    title = "Forbidden"
    status_code = 403
    error_code = "forbidden"


class Overloaded(MynaError):
    """Too much at once; try again after `retry_after` seconds (None where unknown)."""

    title = "Too many requests"
    status_code = 429
    error_code = "concurrency_limited"
    retryable = True

    def __init__(self, message: str, *, retry_after: float | None = None, **where: str | None) -> None:
        super().__init__(message, **where)
        self.retry_after = retry_after


class LibraryUnavailable(Overloaded):
    """What is kept cannot be read or written at the moment; nothing was done."""

    title = "Service unavailable"
    status_code = 503
    error_code = "library_unavailable"


class NotOffered(MynaError):
    """This server or installation does not offer it."""

    title = "Not implemented"
    status_code = 501
    error_code = "not_implemented"


class ConnectionLost(MynaError):
    """The connection ended before its work; `code` and `reason` are the WebSocket close frame's."""

    title = "Connection lost"
    error_code: str | None = None
    retryable = True

    def __init__(
        self, message: str, *, code: int | None = None, reason: str = "", **where: str | None
    ) -> None:
        super().__init__(message, **where)
        self.code = code
        self.reason = reason


class DeadlineExceeded(MynaError, TimeoutError):
    """Nothing came within the time allowed."""

    title = "Timeout"
    status_code = 504
    error_code: str | None = "timeout"
    retryable = True


class ProtocolViolation(MynaError):
    """The peer sent what the protocol does not allow."""

    title = "Protocol violation"
    status_code = 502
    error_code = None


class EngineError(MynaError):
    """An engine could not speak this text."""

    title = "Engine failure"
    error_code = "engine_error"


class EngineCrashed(EngineError):
    """The worker process ended in the middle of an utterance."""

    retryable = True


class EngineTimeout(EngineError):
    """The worker gave no sign of life in time and was ended."""

    retryable = True
