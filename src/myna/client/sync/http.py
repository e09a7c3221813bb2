"""HTTP for threads: tries, deadlines and typed errors around `httpx`."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING

from myna.client.calls import Call
from myna.client.errors import APITimeoutError, ClientClosed, broken_connection, status_error
from myna.client.settings import Settings
from myna.transport.retries import retry_delay, worth_retrying

if TYPE_CHECKING:
    import httpx


class Http:
    """Sends calls; the `httpx` client behind it is made at the first one."""

    def __init__(self, client: httpx.Client | None, make: Callable[[], httpx.Client]) -> None:
        self._client = client
        self._make = make
        self._lock = Lock()
        self._closed = False

    @property
    def client(self) -> httpx.Client:
        """The `httpx` client."""
        with self._lock:
            if self._client is None:
                self._client = self._make()
            return self._client

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called here or on the `httpx` client."""
        return self._closed or (self._client is not None and self._client.is_closed)

    def close(self) -> None:
        """Close all HTTP connections; idempotent."""
        self._closed = True
        if self._client is not None:
            self._client.close()

    def run(self, call: Call, settings: Settings, *, stream: bool = False) -> tuple[httpx.Response, int]:
        """The response and how many tries had failed before; its body is read unless `stream`.

        Raises:
            APIStatusError: the server answered with a status of 400 or more.
            APIConnectionError: no connection, or it broke.
            APITimeoutError: nothing came in time.
            ClientClosed: `close` was called.
        """
        allowed = call.retries(settings)
        failed = 0
        while True:
            response = self._try(call, settings, stream, failed, last=failed == allowed)
            headers = {} if response is None else response.headers
            if response is not None and response.is_success:
                return response, failed
            if response is not None and (
                failed == allowed or not worth_retrying(response.status_code, headers)
            ):
                response.read()
                raise call.noted(status_error(response))
            if response is not None:
                response.close()
            failed += 1
            time.sleep(retry_delay(failed, headers, time.time()))

    def _try(
        self, call: Call, settings: Settings, stream: bool, failed: int, *, last: bool
    ) -> httpx.Response | None:
        """One try after `failed` others; None where it failed in a way that another one may mend."""
        import httpx

        if self.is_closed:
            raise ClientClosed
        with ExitStack() as files:
            request = call.request(self.client, settings, files, tried=failed, whole=not stream)
            try:
                response = self.client.send(request, stream=stream)
                if not response.is_success:
                    response.read()
                return response
            except httpx.TimeoutException as error:
                if last:
                    raise call.noted(APITimeoutError(request)) from error
            except httpx.HTTPError as error:
                if last:
                    raise call.noted(broken_connection(request, error)) from error
        return None
