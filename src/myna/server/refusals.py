"""Errors that only HTTP knows."""

from __future__ import annotations

from collections.abc import Iterable

from myna.speech.errors import DeadlineExceeded, Overloaded, RequestRejected


class MethodNotAllowed(RequestRejected):
    """The path exists, but not for this method; `allow` lists those it has."""

    title = "Method not allowed"
    status_code = 405
    error_code = "method_not_allowed"

    def __init__(self, method: str, path: str, allowed: Iterable[str]) -> None:
        self.allow = ", ".join(sorted({*allowed, "OPTIONS"}))
        super().__init__(f"{method[:20]} is not possible at {path!r}; use one of {self.allow}.")


class TooLarge(RequestRejected):
    """The body is larger than the server reads."""

    title = "Body too large"
    status_code = 413
    error_code = "too_large"


class UnsupportedMediaType(RequestRejected):
    """The body is of a kind that the server does not read here."""

    title = "Unsupported media type"
    status_code = 415
    error_code = "unsupported_media_type"


class UpgradeRequired(RequestRejected):
    """The path is a WebSocket."""

    title = "Upgrade required"
    status_code = 426
    error_code = "upgrade_required"


class TooSlow(DeadlineExceeded):
    """The request did not come in time."""

    title = "Request timeout"
    status_code = 408


class ShuttingDown(Overloaded):
    """The server takes on nothing new."""

    title = "Shutting down"
    status_code = 503
    error_code = "unavailable"

    def __init__(self) -> None:
        super().__init__("The server is shutting down; connect again in a moment.", retry_after=2.0)
