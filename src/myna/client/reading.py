"""Errors while the body of a response is read."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from myna.client.errors import APIConnectionError, APITimeoutError, StreamAlreadyConsumed

if TYPE_CHECKING:
    import httpx


class typed_errors:
    """Turns the errors of `httpx` while a body is read into those of Myna."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc is None or isinstance(exc, GeneratorExit):
            return
        raise_typed(exc, self._response)


def raise_typed(error: BaseException, response: httpx.Response) -> None:
    """Raise Myna's error for one of `httpx`, from it; others are left alone."""
    import httpx

    if isinstance(error, httpx.StreamConsumed):
        raise StreamAlreadyConsumed from error
    if isinstance(error, httpx.TimeoutException):
        raise APITimeoutError(response.request) from error
    if isinstance(error, httpx.HTTPError | httpx.StreamError):
        message = f"The connection broke before the answer was complete ({error})."
        raise APIConnectionError(message=message, request=response.request) from error
