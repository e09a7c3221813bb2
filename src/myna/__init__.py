"""One voice API: speak, listen, change a voice, clone a voice.

Every name is loaded when it is first used, so that `import myna` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from myna._version import __version__

if TYPE_CHECKING:
    from httpx import Timeout

    from myna import types
    from myna.client.aio.client import AsyncCartesia, AsyncMyna
    from myna.client.aio.responses import AsyncAPIResponse, AsyncBinaryAPIResponse
    from myna.client.aio.stream import AsyncStream
    from myna.client.calls import RequestOptions
    from myna.client.defaults import (
        DEFAULT_CONNECTION_LIMITS,
        DEFAULT_TIMEOUT,
        DefaultAioHttpClient,
        DefaultAsyncHttpxClient,
        DefaultHttpxClient,
        ProxiesTypes,
        Transport,
        file_from_path,
    )
    from myna.client.errors import (
        APIConnectionError,
        APIError,
        APIResponseValidationError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        CartesiaError,
        ConflictError,
        InternalServerError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitError,
        UnprocessableEntityError,
        WebSocketConnectionClosedError,
        WebSocketQueueFullError,
    )
    from myna.client.models import Model as BaseModel
    from myna.client.reconnecting import ReconnectingEvent, ReconnectingOverrides
    from myna.client.sentinels import NOT_GIVEN, NoneType, NotGiven, Omit, not_given, omit
    from myna.client.settings import DEFAULT_MAX_RETRIES
    from myna.client.sync.client import Cartesia, Myna
    from myna.client.sync.responses import APIResponse, BinaryAPIResponse
    from myna.client.sync.stream import Stream
    from myna.speech.errors import (
        AuthError,
        ConnectionLost,
        DeadlineExceeded,
        EngineCrashed,
        EngineError,
        EngineTimeout,
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

    Client = Myna
    AsyncClient = AsyncMyna

_ERRORS = "myna.speech.errors"
_API_ERRORS = "myna.client.errors"
_SENTINELS = "myna.client.sentinels"
_DEFAULTS = "myna.client.defaults"

_TABLE: dict[str, str] = {
    "Myna": "myna.client.sync.client",
    "AsyncMyna": "myna.client.aio.client",
    "Cartesia": "myna.client.sync.client",
    "AsyncCartesia": "myna.client.aio.client",
    "Client": "myna.client.sync.client:Myna",
    "AsyncClient": "myna.client.aio.client:AsyncMyna",
    "APIResponse": "myna.client.sync.responses",
    "BinaryAPIResponse": "myna.client.sync.responses",
    "Stream": "myna.client.sync.stream",
    "AsyncAPIResponse": "myna.client.aio.responses",
    "AsyncBinaryAPIResponse": "myna.client.aio.responses",
    "AsyncStream": "myna.client.aio.stream",
    "BaseModel": "myna.client.models:Model",
    "types": "myna.types:",
    "RequestOptions": "myna.client.calls",
    "ReconnectingEvent": "myna.client.reconnecting",
    "ReconnectingOverrides": "myna.client.reconnecting",
    "Timeout": "httpx",
    "DEFAULT_MAX_RETRIES": "myna.client.settings",
    "DEFAULT_TIMEOUT": _DEFAULTS,
    "DEFAULT_CONNECTION_LIMITS": _DEFAULTS,
    "DefaultHttpxClient": _DEFAULTS,
    "ProxiesTypes": _DEFAULTS,
    "Transport": _DEFAULTS,
    "file_from_path": _DEFAULTS,
    "DefaultAsyncHttpxClient": _DEFAULTS,
    "DefaultAioHttpClient": _DEFAULTS,
    "NOT_GIVEN": _SENTINELS,
    "NoneType": _SENTINELS,
    "NotGiven": _SENTINELS,
    "Omit": _SENTINELS,
    "not_given": _SENTINELS,
    "omit": _SENTINELS,
    "AuthError": _ERRORS,
    "ConnectionLost": _ERRORS,
    "DeadlineExceeded": _ERRORS,
    "EngineCrashed": _ERRORS,
    "EngineError": _ERRORS,
    "EngineTimeout": _ERRORS,
    "InvalidRequest": _ERRORS,
    "ModelNotFound": _ERRORS,
    "MynaError": _ERRORS,
    "NotFound": _ERRORS,
    "NotOffered": _ERRORS,
    "Overloaded": _ERRORS,
    "PermissionDenied": _ERRORS,
    "ProtocolViolation": _ERRORS,
    "RequestRejected": _ERRORS,
    "UnsupportedFormat": _ERRORS,
    "UsageError": _ERRORS,
    "VoiceNotFound": _ERRORS,
    "APIConnectionError": _API_ERRORS,
    "APIError": _API_ERRORS,
    "APIResponseValidationError": _API_ERRORS,
    "APIStatusError": _API_ERRORS,
    "APITimeoutError": _API_ERRORS,
    "AuthenticationError": _API_ERRORS,
    "BadRequestError": _API_ERRORS,
    "CartesiaError": _API_ERRORS,
    "ConflictError": _API_ERRORS,
    "InternalServerError": _API_ERRORS,
    "NotFoundError": _API_ERRORS,
    "PermissionDeniedError": _API_ERRORS,
    "RateLimitError": _API_ERRORS,
    "UnprocessableEntityError": _API_ERRORS,
    "WebSocketConnectionClosedError": _API_ERRORS,
    "WebSocketQueueFullError": _API_ERRORS,
}

__all__ = [
    "DEFAULT_CONNECTION_LIMITS",
    "DEFAULT_MAX_RETRIES",
    "DEFAULT_TIMEOUT",
    "NOT_GIVEN",
    "APIConnectionError",
    "APIError",
    "APIResponse",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncAPIResponse",
    "AsyncBinaryAPIResponse",
    "AsyncCartesia",
    "AsyncClient",
    "AsyncMyna",
    "AsyncStream",
    "AuthError",
    "AuthenticationError",
    "BadRequestError",
    "BaseModel",
    "BinaryAPIResponse",
    "Cartesia",
    "CartesiaError",
    "Client",
    "ConflictError",
    "ConnectionLost",
    "DeadlineExceeded",
    "DefaultAioHttpClient",
    "DefaultAsyncHttpxClient",
    "DefaultHttpxClient",
    "EngineCrashed",
    "EngineError",
    "EngineTimeout",
    "InternalServerError",
    "InvalidRequest",
    "ModelNotFound",
    "Myna",
    "MynaError",
    "NoneType",
    "NotFound",
    "NotFoundError",
    "NotGiven",
    "NotOffered",
    "Omit",
    "Overloaded",
    "PermissionDenied",
    "PermissionDeniedError",
    "ProtocolViolation",
    "ProxiesTypes",
    "RateLimitError",
    "ReconnectingEvent",
    "ReconnectingOverrides",
    "RequestOptions",
    "RequestRejected",
    "Stream",
    "Timeout",
    "Transport",
    "UnprocessableEntityError",
    "UnsupportedFormat",
    "UsageError",
    "VoiceNotFound",
    "WebSocketConnectionClosedError",
    "WebSocketQueueFullError",
    "__version__",
    "file_from_path",
    "not_given",
    "omit",
    "types",
]


def __getattr__(name: str) -> object:
    place = _TABLE.get(name)
    if place is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, renamed, other = place.partition(":")
    value: object = import_module(module)
    if other or not renamed:
        value = getattr(value, other or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_TABLE})
