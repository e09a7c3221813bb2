"""One way to drive both clients, so that each scenario is written once and run on both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Literal

from myna.client import AsyncMyna, Myna

Side = Literal["sync", "aio"]

_WAITING = frozenset(
    "say push send no_more_inputs flush cancel close recv recv_bytes enter get_status generate "
    "generate_sse get post delete parse read text json connect write_to_file stream_to_file "
    "get_next_page clone create update mix localize embed list_accents add_accents delete_accent "
    "preview export import_ retrieve pin unpin put patch request "
    "send_raw finalize configure dispatch_events transcribe "
    "finish change change_voice_bytes change_voice_sse".split()
)
_STOP = object()


class Lifted:
    """An object for threads, behind the surface of its twin for asyncio."""

    def __init__(self, plain: Any) -> None:
        self.plain = plain

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.plain, name)
        if type(self.plain).__name__.endswith("WithStreamingResponse") and callable(value):
            return lambda *args, **options: lift(value(*args, **options))
        if name == "transcribe" and type(self.plain).__name__ == "SttWebsocket":
            return lambda *args, **options: _iterate(value(*args, **options))
        if type(self.plain).__name__ in ("VoiceChanger", "Infill") and name in ("bytes", "sse"):
            return lambda **options: _iterate(value(**options))
        if name == "list":
            return lambda *args, **options: _Listing(lambda: value(*args, **options))
        if name in _WAITING or (name == "infill" and callable(value)):

            async def waiting(*args: Any, **options: Any) -> Any:
                return lift(await asyncio.to_thread(value, *args, **options))

            return waiting
        if name in ("receive", "iter_bytes", "iter_lines", "iter_text", "iter_pages"):
            return lambda *args: _iterate(value(*args))
        if name in ("context", "copy", "with_options", "websocket_connect", "websocket", "stream"):
            return lambda *args, **options: lift(value(*args, **options))
        return lift(value)

    def __aiter__(self) -> AsyncIterator[Any]:
        return _iterate(iter(self.plain))

    async def __aenter__(self) -> Any:
        return lift(await asyncio.to_thread(self.plain.__enter__))

    async def __aexit__(self, *exc: Any) -> None:
        await asyncio.to_thread(self.plain.__exit__, *exc)


class _Listing:
    """Awaited for its first page, or iterated over."""

    def __init__(self, fetch: Any) -> None:
        self._fetch = fetch

    async def _page(self) -> Any:
        return lift(await asyncio.to_thread(self._fetch))

    def __await__(self) -> Any:
        return self._page().__await__()

    async def __aiter__(self) -> AsyncIterator[Any]:
        async for item in await self:
            yield item


def lift(value: Any) -> Any:
    """Values as they are, working objects of ours lifted."""
    return Lifted(value) if type(value).__module__.startswith("myna.client.sync") else value


async def _iterate(iterator: Any) -> AsyncIterator[Any]:
    try:
        while (item := await asyncio.to_thread(next, iterator, _STOP)) is not _STOP:
            yield lift(item)
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            await asyncio.to_thread(close)


def client_of(side: Side, **settings: Any) -> Any:
    """A client of this side."""
    return Lifted(Myna(**settings)) if side == "sync" else AsyncMyna(**settings)


async def collect(events: AsyncIterator[Any]) -> list[Any]:
    """All that comes."""
    return [event async for event in events]
