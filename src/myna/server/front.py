"""What happens to every request before and after its own door: id, version, key, log, errors."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from myna.server.access.credentials import QUERY_SECRETS, masked
from myna.server.access.gate import NO_LIMITS
from myna.server.access.rights import OPEN_PATHS, right
from myna.server.asgi import headers_of, refuse_socket, reply
from myna.server.guarded import ABORT
from myna.server.house import House
from myna.server.refusals import MethodNotAllowed
from myna.speech.access import LOCAL, Caller, KeyLimits
from myna.speech.errors import MynaError
from myna.wire.cartesia.errors import http_error
from myna.wire.cartesia.versions import DEFAULT_VERSION, resolve
from myna.wire.openai import errors as openai

access = logging.getLogger("myna.access")
logger = logging.getLogger("myna.server")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:\-]{1,128}\Z")


@dataclass(slots=True)
class Visit:
    """What is known of a request; doors find it as `scope["visit"]`."""

    request_id: str
    headers: dict[str, str]
    query: dict[str, str]
    caller: Caller = LOCAL
    limits: KeyLimits = NO_LIMITS
    version: str = DEFAULT_VERSION
    status: int = 0
    started: bool = False


class Front:
    """Pure ASGI middleware around all doors."""

    def __init__(self, app: ASGIApp, house: House) -> None:
        self._app = app
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, answer its errors and note what became of it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        visit = _visit(scope)
        inner = {**scope, "visit": visit, "path": scope["path"].rstrip("/") or "/"}
        begun = time.perf_counter()

        async def noting(message: Message) -> None:
            kind = message["type"]
            if kind in ("http.response.start", "websocket.accept", "websocket.http.response.start"):
                visit.started = True
                visit.status = message.get("status", 101)
                MutableHeaders(scope=message)["x-request-id"] = visit.request_id
            await send(message)

        try:
            await self._enter(inner, visit, receive, noting)
            visit.status = visit.status or 499  # the client went before it was answered
        except MynaError as error:
            await self._answer(inner, visit, error, noting)
        except (ConnectionError, TimeoutError) as gone:
            logger.info("request %s ended early: %s", visit.request_id, gone or "the client takes nothing")
            visit.status = visit.status or 499
            if isinstance(gone, TimeoutError) and ABORT in scope:
                scope[ABORT]()
        except Exception:
            logger.exception("request %s failed", visit.request_id)
            await self._answer(inner, visit, _unexpected(), noting)
        finally:
            self._note(inner, visit, time.perf_counter() - begun)

    async def _enter(self, scope: Scope, visit: Visit, receive: Receive, send: Send) -> None:
        given = visit.headers.get("cartesia-version")
        if scope["type"] == "websocket":
            given = visit.query.get("cartesia_version") or given
        visit.version = resolve(given)
        method = scope.get("method", "GET")
        if scope["path"] not in OPEN_PATHS and method != "OPTIONS":
            entrant = await self._house.gate.check(right(method, scope["path"]), visit.headers, visit.query)
            visit.caller, visit.limits = entrant.caller, entrant.limits
            self._house.count_request(visit.caller.key_id, visit.limits)
        await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, visit: Visit, error: MynaError, send: Send) -> None:
        if visit.started:
            logger.warning("request %s broke off: %s", visit.request_id, error.message)
            raise ConnectionAbortedError(f"request {visit.request_id} broke off: {error}") from error
        if openai.speaks_openai(scope["path"], visit.headers):
            status, headers, body = openai.http_error(error)
        else:
            status, headers, body = http_error(error, visit.version, visit.request_id)
        if scope["type"] == "websocket":
            await refuse_socket(send, status, headers, body)
        else:
            if isinstance(error, MethodNotAllowed):
                headers["allow"] = error.allow
            if status == 405 and scope["method"] == "OPTIONS":
                status, body = 204, b""
            await reply(send, status, headers, body)

    def _note(self, scope: Scope, visit: Visit, seconds: float) -> None:
        method = scope.get("method", "WS")
        route = getattr(scope.get("route"), "path", "unknown") if visit.status != 404 else "unknown"
        self._house.metrics.requests.labels(route, method, str(visit.status)).inc()
        if self._house.settings.access_log:
            access.info(
                "method=%s path=%s status=%d ms=%.1f version=%s request_id=%s",
                method,
                shown_path(scope),
                visit.status,
                seconds * 1000,
                visit.version,
                visit.request_id,
            )


def shown_path(scope: Scope) -> str:
    """Path and query as they may be logged: without secrets and control characters."""
    path = masked(scope["path"].encode("unicode_escape").decode())
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    hidden = [(name, "***" if name.lower() in QUERY_SECRETS else masked(value)) for name, value in pairs]
    return f"{path}?{urlencode(hidden, safe='*')}" if hidden else path


def _visit(scope: Scope) -> Visit:
    headers = headers_of(scope)
    given = headers.get("x-request-id", "")
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    usable = _REQUEST_ID.match(given) and masked(given) == given  # it is logged
    return Visit(given if usable else str(uuid4()), headers, query)


def _unexpected() -> MynaError:
    return MynaError("Something went wrong here that should not have; report it with the request id.")
