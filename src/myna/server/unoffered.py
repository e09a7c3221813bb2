"""Paths of the wire that this server knows but does not serve."""

from __future__ import annotations

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from myna.speech.errors import NotOffered

PATHS = (
    "/files",
    "/datasets",
    "/datasets/{rest:path}",
    "/fine-tunes",
    "/fine-tunes/{rest:path}",
    "/agents",
    "/agents/{rest:path}",
)


class Unoffered:
    """An ASGI app that answers 501 to every method, and to sockets before the upgrade."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say so."""
        raise NotOffered(f"This server does not offer {scope['path'][:80]}; see /docs for what it does.")


UNOFFERED = [Route(path, Unoffered()) for path in PATHS]
