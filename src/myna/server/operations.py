"""What operators ask: is it alive, is it ready, how much does it do, what does it offer."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from myna.conversation.calls import Calls
from myna.server.front import Visit
from myna.server.house import House
from myna.server.metrics import CONTENT_TYPE
from myna.server.openapi import document, page


class OperationsDoor:
    """Status, health, metrics and documentation."""

    def __init__(self, house: House, table: Calls) -> None:
        self._house = house
        self._openapi = msgspec.json.encode(document(table))
        self._page = page(table)

    async def status(self, request: Request) -> Response:
        """The wire's own status."""
        visit: Visit = request.scope["visit"]
        return _json({"ok": True, "version": visit.version})

    async def healthz(self, request: Request) -> Response:
        """Alive: the process answers."""
        return PlainTextResponse("ok\n")

    async def readyz(self, request: Request) -> Response:
        """Ready: speech can begin; 503 before the start is complete and while shutting down."""
        ready = self._house.ready and not self._house.draining
        return PlainTextResponse("ready\n" if ready else "not ready\n", 200 if ready else 503)

    async def metrics(self, request: Request) -> Response:
        """Numbers for Prometheus."""
        return Response(self._house.metrics.text(), headers={"content-type": CONTENT_TYPE})

    async def openapi(self, request: Request) -> Response:
        """The description of this API."""
        return Response(self._openapi, media_type="application/json")

    async def docs(self, request: Request) -> Response:
        """A page for people."""
        return HTMLResponse(self._page)


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
