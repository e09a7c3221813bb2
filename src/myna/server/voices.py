"""`GET /voices` and `GET /voices/{id}`."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from myna.server.front import Visit
from myna.server.house import House
from myna.speech.errors import NotOffered, VoiceNotFound
from myna.speech.voices import VoiceChoice
from myna.wire.cartesia.voices import OLDEST, VoiceQuery, embeds, voice_object


class VoicesDoor:
    """The voices of the provider, read only."""

    def __init__(self, house: House) -> None:
        self._provider = house.provider

    async def list(self, request: Request) -> Response:
        """All voices as an array for the oldest version, pages for the others."""
        visit: Visit = request.scope["visit"]
        voices = [voice async for voice in self._provider.voices.all(visit.caller)]
        if visit.version == OLDEST:
            return _json([voice_object(voice, visit.version) for voice in voices])
        query = VoiceQuery.parse(visit.query)
        expand = _expand(request)
        return _json(query.page(voices, lambda voice: voice_object(voice, visit.version, expand=expand)))

    async def get(self, request: Request) -> Response:
        """One voice, by id, alias or name."""
        visit: Visit = request.scope["visit"]
        asked = request.path_params["id"]
        try:
            voice = await self._provider.voices.find(VoiceChoice(asked), visit.caller)
        except VoiceNotFound as error:
            error.status_code = 404
            raise
        alias = asked if asked in voice.aliases else None
        expand = {*_expand(request), "embedding"} if embeds(visit.version) else _expand(request)
        return _json(voice_object(voice, visit.version, expand=expand, id=alias))

    async def change(self, request: Request) -> Response:
        """Creating, changing and deleting voices."""
        raise NotOffered("This server's voices cannot be created, changed or deleted.")


def _expand(request: Request) -> Collection[str]:
    pairs = parse_qsl(request.scope["query_string"].decode("latin-1"))
    return {value for name, value in pairs if name in ("expand[]", "expand")}


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
