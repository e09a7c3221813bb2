"""What clients use where nothing else is given, as `httpx` has it."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import httpx

Transport = httpx.BaseTransport
ProxiesTypes = str | httpx.Proxy | dict[str, str | httpx.Proxy | None]

DEFAULT_TIMEOUT = httpx.Timeout(timeout=60.0, connect=5.0)
DEFAULT_CONNECTION_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)


class DefaultHttpxClient(httpx.Client):
    """An `httpx.Client` set as Myna sets its own; give it to a client as `http_client`.

    Example:
        >>> DefaultHttpxClient(proxy="http://localhost:3128").follow_redirects
        True
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**_usual(options))


class DefaultAsyncHttpxClient(httpx.AsyncClient):
    """An `httpx.AsyncClient` set as Myna sets its own; give it to a client as `http_client`.

    Example:
        >>> DefaultAsyncHttpxClient(proxy="http://localhost:3128").follow_redirects
        True
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**_usual(options))


class DefaultAioHttpClient(DefaultAsyncHttpxClient):
    """The name that Cartesia's clients have for a client over aiohttp; here it is `httpx` all the same.

    Example:
        >>> DefaultAioHttpClient().follow_redirects
        True
    """


def file_from_path(path: str | PathLike[str]) -> tuple[str, bytes]:
    """The name and the content of a file, as calls that upload one take it.

    Raises:
        OSError: the file cannot be read.
    """
    file = Path(path)
    return file.name, file.read_bytes()


def _usual(options: dict[str, Any]) -> dict[str, Any]:
    return {
        "timeout": DEFAULT_TIMEOUT,
        "limits": DEFAULT_CONNECTION_LIMITS,
        "follow_redirects": True,
        **options,
    }
