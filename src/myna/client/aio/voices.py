"""Voices, for asyncio."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Unpack
from urllib.parse import quote

from myna.client.aio.pages import AsyncCursorIDPage, AsyncPaginator
from myna.client.aio.resource import AsyncResource, as_raw, as_streamed
from myna.client.calls import Call, Extras
from myna.client.casting import read_as
from myna.client.errors import InvalidCall
from myna.client.models import Voice
from myna.client.paging import fields_of
from myna.client.sentinels import Omit, omit

if TYPE_CHECKING:
    import httpx


class AsyncVoices(AsyncResource):
    """The voices that can be asked for.

    Example:
        >>> names = [voice.name async for voice in client.voices.list()]
        >>> (await client.voices.get(names[0])).language
    """

    @cached_property
    def with_raw_response(self) -> AsyncVoicesWithRawResponse:
        """The same methods, returning responses with their headers."""
        return AsyncVoicesWithRawResponse(self)

    @cached_property
    def with_streaming_response(self) -> AsyncVoicesWithStreamingResponse:
        """The same methods, returning responses whose body is not read yet; use them in `async with`."""
        return AsyncVoicesWithStreamingResponse(self)

    def list(
        self,
        *,
        ending_before: str | Omit | None = omit,
        expand: Sequence[str] | Omit | None = omit,
        gender: str | Omit | None = omit,
        is_owner: bool | Omit | None = omit,
        limit: int | Omit | None = omit,
        q: str | Omit = omit,
        starting_after: str | Omit | None = omit,
        **extras: Unpack[Extras],
    ) -> AsyncPaginator[Voice]:
        """The voices, page by page; iterating goes over all pages.

        Args:
            ending_before: id of the voice before which the page ends.
            expand: names of fields to be added, such as "preview_file_url".
            gender: "masculine", "feminine" or "gender_neutral".
            is_owner: only one's own voices.
            limit: voices per page, 1 to 100.
            q: text to be found in name, description or id.
            starting_after: id of the voice after which the page starts.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            APIStatusError: the server refused, with a class for each status.
            APIConnectionError: no connection, or it broke.
        """
        query: dict[str, object] = {
            "ending_before": ending_before,
            "expand[]": expand,
            "gender": gender,
            "is_owner": is_owner,
            "limit": limit,
            "q": q,
            "starting_after": starting_after,
        }
        given = {
            name: value for name, value in query.items() if value is not None and not isinstance(value, Omit)
        }
        return AsyncPaginator(lambda: self._page(given, extras))

    async def get(
        self, id: str, *, expand: Sequence[str] | Omit | None = omit, **extras: Unpack[Extras]
    ) -> Voice:
        """One voice.

        Args:
            id: of the voice.
            expand: names of fields to be added, such as "preview_file_url".
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: the id is empty.
            NotFoundError: there is no such voice.
        """
        if not id:
            raise InvalidCall("Expected a non-empty value for `id`; give the id of a voice.")
        query = {} if expand is None or isinstance(expand, Omit) else {"expand[]": expand}
        return await self._run_as(
            Call.of("GET", f"/voices/{quote(id, safe='')}", query=query, **extras), Voice
        )

    async def _page(self, query: dict[str, object], extras: Extras) -> AsyncCursorIDPage[Voice]:
        async def parse(response: httpx.Response) -> AsyncCursorIDPage[Voice]:
            fields = fields_of(read_as(response, object))

            async def following(query: dict[str, object]) -> AsyncCursorIDPage[Voice]:
                return await AsyncVoices(self._client)._page(query, extras)

            return AsyncCursorIDPage(fields, Voice, query, following)

        return await self._run(Call.of("GET", "/voices", query=query, **extras), parse)


class AsyncVoicesWithRawResponse:
    """The methods of `AsyncVoices`, returning responses with their headers."""

    def __init__(self, voices: AsyncVoices) -> None:
        raw = AsyncVoices(voices._client, "raw")
        self.list = as_raw(raw.list)
        self.get = as_raw(raw.get)


class AsyncVoicesWithStreamingResponse:
    """The methods of `AsyncVoices`, returning unread responses; use them in `async with`."""

    def __init__(self, voices: AsyncVoices) -> None:
        streamed = AsyncVoices(voices._client, "streamed")
        self.list = as_streamed(streamed.list)
        self.get = as_streamed(streamed.get)
