"""Voices, for threads."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Unpack
from urllib.parse import quote

from myna.client.calls import Call, Extras
from myna.client.casting import read_as
from myna.client.errors import InvalidCall
from myna.client.models import Voice
from myna.client.paging import fields_of
from myna.client.sentinels import Omit, omit
from myna.client.sync.pages import CursorIDPage
from myna.client.sync.resource import Resource, as_raw, as_streamed

if TYPE_CHECKING:
    import httpx


class Voices(Resource):
    """The voices that can be asked for.

    Example:
        >>> names = [voice.name for voice in client.voices.list()]
        >>> client.voices.get(names[0]).language
    """

    @cached_property
    def with_raw_response(self) -> VoicesWithRawResponse:
        """The same methods, returning responses with their headers."""
        return VoicesWithRawResponse(self)

    @cached_property
    def with_streaming_response(self) -> VoicesWithStreamingResponse:
        """The same methods, returning responses whose body is not read yet; use them in `with`."""
        return VoicesWithStreamingResponse(self)

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
    ) -> CursorIDPage[Voice]:
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
        return self._page(given, extras)

    def get(self, id: str, *, expand: Sequence[str] | Omit | None = omit, **extras: Unpack[Extras]) -> Voice:
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
        return self._run_as(Call.of("GET", f"/voices/{quote(id, safe='')}", query=query, **extras), Voice)

    def _page(self, query: dict[str, object], extras: Extras) -> CursorIDPage[Voice]:
        def parse(response: httpx.Response) -> CursorIDPage[Voice]:
            fields = fields_of(read_as(response, object))

            def following(query: dict[str, object]) -> CursorIDPage[Voice]:
                return Voices(self._client)._page(query, extras)

            return CursorIDPage(fields, Voice, query, following)

        return self._run(Call.of("GET", "/voices", query=query, **extras), parse)


class VoicesWithRawResponse:
    """The methods of `Voices`, returning responses with their headers."""

    def __init__(self, voices: Voices) -> None:
        raw = Voices(voices._client, "raw")
        self.list = as_raw(raw.list)
        self.get = as_raw(raw.get)


class VoicesWithStreamingResponse:
    """The methods of `Voices`, returning unread responses; use them in `with`."""

    def __init__(self, voices: Voices) -> None:
        streamed = Voices(voices._client, "streamed")
        self.list = as_streamed(streamed.list)
        self.get = as_streamed(streamed.get)
