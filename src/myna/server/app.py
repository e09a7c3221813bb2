"""The application: every door behind the same front."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from myna.conversation.calls import Calls
from myna.conversation.forms import sweep
from myna.conversation.making import Making
from myna.conversation.sockets import LIVE
from myna.conversation.table import calls
from myna.providers.protocols import Provider
from myna.server.access.issuing import Issuing
from myna.server.calls import routes
from myna.server.front import Front
from myna.server.house import House
from myna.server.live import LiveDoor
from myna.server.openai import SpeechDoor, no_translation
from myna.server.operations import OperationsDoor
from myna.server.refusals import MethodNotAllowed, UpgradeRequired
from myna.server.settings import Settings
from myna.server.socket import SocketDoor
from myna.server.speech import BytesDoor, SseDoor
from myna.server.unoffered import UNOFFERED
from myna.speech.errors import NotFound, NotOffered
from myna.transport.fetching import Fetching

if TYPE_CHECKING:
    from myna.library import Library

FINISH_SECONDS = 10.0
"""Time for voices that are being made to be complete, once nobody else is inside."""


def create_app(
    provider: Provider, settings: Settings | None = None, library: Library | None = None
) -> Starlette:
    """The ASGI application that serves a provider.

    It starts the provider with its lifespan and ends it there. `app.state.house` is the `House`.

    Args:
        provider: who speaks.
        settings: what the server is told.
        library: whose keys let in, and where usage is kept; it stays the caller's to close.
    """
    house = House(provider, settings or Settings(), library)
    making = Making(house.limits.uploads)
    table = Calls([*calls(provider, making, _fetching(house.settings)), Issuing(house.tokens).call()])

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await asyncio.to_thread(sweep)
        await house.open()
        try:
            yield
        finally:
            house.drain()
            await making.aclose(FINISH_SECONDS)
            try:
                await provider.aclose()
            finally:
                await house.aclose()

    cors = Middleware(
        CORSMiddleware,
        allow_origins=list(house.settings.cors_origins),
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=["x-request-id", "retry-after"],
    )
    app = Starlette(
        routes=[*_operations(house, table), *_speech(house), *routes(table, house), *UNOFFERED],
        middleware=[cors, Middleware(Front, house=house)],
        exception_handlers={HTTPException: _as_typed_error},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.router.routes.append(WebSocketRoute("/{path:path}", UnknownSocket()))
    app.state.house = house
    return app


class UnknownSocket:
    """Answers sockets on paths that have none."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse it as HTTP does."""
        if any(route.path_regex.match(scope["path"]) for route in UNOFFERED):
            raise NotOffered(f"This server does not offer {scope['path'][:80]}; see /docs for what it does.")
        raise NotFound(
            f"There is no socket at {scope['path'][:80]!r}; speech is at /tts/websocket, "
            "listening at /stt/websocket, changing voices at /voice-changer/websocket."
        )


async def _upgrade_required(request: Request) -> Response:
    raise UpgradeRequired("This path is a WebSocket; connect to it with ws:// or wss://.")


def _fetching(settings: Settings) -> Fetching | None:
    if settings.clone_from_urls is None:
        return None
    return Fetching(settings.limits.upload, private=settings.clone_from_urls == "any")


def _operations(house: House, table: Calls) -> list[Route]:
    door = OperationsDoor(house, table)
    get: list[tuple[str, Callable[[Request], object]]] = [
        ("/", door.status),
        ("/healthz", door.healthz),
        ("/readyz", door.readyz),
        ("/metrics", door.metrics),
        ("/openapi.json", door.openapi),
        ("/docs", door.docs),
    ]
    return [Route(path, endpoint) for path, endpoint in get]


def _speech(house: House) -> list[Route | WebSocketRoute]:
    return [
        WebSocketRoute("/tts/websocket", SocketDoor(house)),
        Route("/tts/websocket", _upgrade_required),
        *_live(house),
        Route("/tts/bytes", BytesDoor(house), methods=["POST"]),
        Route("/tts/sse", SseDoor(house), methods=["POST"]),
        *(Route(f"{prefix}/audio/speech", SpeechDoor(house), methods=["POST"]) for prefix in ("/v1", "")),
        *(Route(f"{prefix}/audio/translations", no_translation, methods=["POST"]) for prefix in ("/v1", "")),
    ]


def _live(house: House) -> Iterator[Route | WebSocketRoute]:
    for path, lifecycle in LIVE.items():
        yield WebSocketRoute(path, LiveDoor(house, lifecycle))
        yield Route(path, _upgrade_required)


async def _as_typed_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.scope["path"][:80]
    if error.status_code == 404:
        raise NotFound(f"There is nothing at {path!r}; see /docs for what there is.")
    routes = (route for route in request.app.routes if isinstance(route, Route))
    here = next(route for route in routes if route.path_regex.match(request.scope["path"]))
    raise MethodNotAllowed(request.method, path, here.methods or ())
