"""The calls of the table, on HTTP."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from functools import partial
from urllib.parse import parse_qsl

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from myna.conversation.calls import Answer, Asked, Call
from myna.conversation.forms import read_form
from myna.server.asgi import body_pieces, read_json, reply, start_reply, too_large, unless_gone
from myna.server.front import Visit
from myna.server.house import House
from myna.server.refusals import UnsupportedMediaType
from myna.speech.errors import Overloaded

FORM = "multipart/form-data"

_HOST = re.compile(r"[A-Za-z0-9.\-_:\[\]]{1,255}\Z")


def routes(calls: Iterable[Call], house: House) -> list[Route]:
    """A route for each path of the table, for all its methods."""
    by_path: dict[str, list[Call]] = {}
    for call in calls:
        by_path.setdefault(call.path, []).append(call)
    uploads = Uploads(house.limits.uploads)
    return [
        Route(path, CallsDoor(house, here, uploads), methods=[call.method for call in here])
        for path, here in by_path.items()
    ]


class Uploads:
    """Counts the forms that come in at the moment; one key may send half of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._now: Counter[str | None] = Counter()

    @contextmanager
    def one(self, key_id: str | None) -> Iterator[None]:
        """Admit one more.

        Raises:
            Overloaded: there are too many.
        """
        share = self._most if key_id is None else max(self._most // 2, 1)
        if self._now.total() >= self._most or self._now[key_id] >= share:
            raise Overloaded(
                f"{self._now[key_id]} uploads are coming in already; try again in a moment.", retry_after=2.0
            )
        self._now[key_id] += 1
        try:
            yield
        finally:
            self._now[key_id] -= 1
            if not self._now[key_id]:
                del self._now[key_id]


class CallsDoor:
    """Answers the calls of one path."""

    def __init__(self, house: House, calls: Iterable[Call], uploads: Uploads) -> None:
        self._house = house
        self._limits = house.limits
        self._calls = {call.method: call for call in calls}
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        visit: Visit = scope["visit"]
        call = self._calls["GET" if scope["method"] == "HEAD" else scope["method"]]
        asked = Asked(
            method=call.method,
            path=scope["path"],
            query=parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            headers=visit.headers,
            places=scope["path_params"],
            version=visit.version,
            caller=visit.caller,
            base_url=_base_url(scope, visit),
            request_id=visit.request_id,
        )
        if not (call.works or call.files):
            await self._take(call, asked, receive, partial(self._answer, call, send=send))
            return
        with self._house.guest(visit) as guest, guest.working():
            asked = replace(asked, watch=guest)

            async def answer(asked: Asked) -> None:
                await guest.served(self._answer(call, asked, send))

            await self._take(call, asked, receive, answer)

    async def _take(
        self, call: Call, asked: Asked, receive: Receive, answer: Callable[[Asked], Awaitable[None]]
    ) -> None:
        if call.files:
            await self._take_form(call, asked, receive, answer)
            return
        if call.takes is not None:
            body = await read_json(asked.headers, receive, self._limits.body, self._limits.header_seconds)
            asked = replace(asked, body=body)
        await unless_gone(receive, answer(asked))

    async def _take_form(
        self, call: Call, asked: Asked, receive: Receive, answer: Callable[[Asked], Awaitable[None]]
    ) -> None:
        limits = self._limits
        most = limits.recording if call.long else limits.upload
        seconds = limits.recording_seconds if call.long else limits.upload_seconds
        kind = asked.headers.get("content-type", "")
        if kind.partition(";")[0].strip().lower() != FORM:
            raise UnsupportedMediaType(f"The body cannot be {kind[:60] or 'of no kind'}; send {FORM}.")
        declared = asked.headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > most:
            raise too_large(most)
        with self._uploads.one(asked.caller.key_id):
            pieces = body_pieces(receive, most, seconds=seconds, idle_seconds=limits.header_seconds)
            async with aclosing(pieces), await read_form(pieces, kind, call.files) as form:
                await unless_gone(receive, answer(replace(asked, form=form)))

    async def _answer(self, call: Call, asked: Asked, send: Send) -> None:
        answer: Answer = await call.answer(asked)
        if isinstance(answer.body, bytes):
            await reply(send, answer.status, answer.headers, answer.body)
            return
        async with aclosing(answer.body) as pieces:
            await start_reply(send, answer.status, answer.headers)
            async for piece in pieces:
                async with asyncio.timeout(self._limits.stall_seconds):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _base_url(scope: Scope, visit: Visit) -> str:
    host = visit.headers.get("host", "")
    if not _HOST.match(host):
        name, port = scope.get("server") or ("localhost", None)
        host = f"{name}:{port}" if port else name
    return f"{scope['scheme']}://{host}"
