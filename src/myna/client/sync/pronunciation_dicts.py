"""Pronunciation dictionaries, for threads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Unpack

from myna.client.calls import Call, Extras, path_of
from myna.client.models import PronunciationDict
from myna.client.paging import asked, plain_items
from myna.client.sentinels import NoneType, Omit, omit
from myna.client.sync.pages import CursorIDPage
from myna.client.sync.resource import Resource, as_raw, as_streamed

_DICTS = "pronunciation-dicts"


class PronunciationDicts(Resource):
    """Dictionaries of words and how they are to be said; name one with `pronunciation_dict_id` to use it."""

    @cached_property
    def with_raw_response(self) -> PronunciationDictsWithRawResponse:
        """The same methods, returning responses with their headers."""
        return PronunciationDictsWithRawResponse(self)

    @cached_property
    def with_streaming_response(self) -> PronunciationDictsWithStreamingResponse:
        """The same methods, returning responses whose body is not read yet; use them in `with`."""
        return PronunciationDictsWithStreamingResponse(self)

    def create(
        self,
        *,
        name: str,
        description: str | Omit | None = omit,
        items: Iterable[Mapping[str, Any]] | Omit | None = omit,
        **extras: Unpack[Extras],
    ) -> PronunciationDict:
        """Keep a new dictionary.

        A failed call is sent again without making a second dictionary.

        Args:
            name: what to call it.
            description: a sentence about it.
            items: each with `text` and `alias`, its sounds-like spelling or IPA as `<<k|æ|t>>`; perhaps with
                `case_sensitive`.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            BadRequestError: an item is empty or too long.
        """
        fields = {"name": name, "description": description, "items": plain_items(items)}
        call = Call.of("POST", f"/{_DICTS}", fields, creates=True, **extras)
        return self._run_as(call, PronunciationDict)

    def retrieve(self, id: str, **extras: Unpack[Extras]) -> PronunciationDict:
        """One dictionary.

        Args:
            id: of the dictionary.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: the id is empty.
            NotFoundError: there is no such dictionary.
        """
        return self._run_as(Call.of("GET", path_of(_DICTS, id=id), **extras), PronunciationDict)

    get = retrieve

    def update(
        self,
        id: str,
        *,
        name: str | Omit | None = omit,
        description: str | Omit | None = omit,
        items: Iterable[Mapping[str, Any]] | Omit | None = omit,
        **extras: Unpack[Extras],
    ) -> PronunciationDict:
        """Change a dictionary; what is omitted stays.

        Args:
            id: of the dictionary.
            name: what to call it.
            description: a sentence about it.
            items: instead of those it has.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: the id is empty.
            NotFoundError: there is no such dictionary.
            BadRequestError: an item is empty or too long.
        """
        fields = {"name": name, "description": description, "items": plain_items(items)}
        return self._run_as(Call.of("PATCH", path_of(_DICTS, id=id), fields, **extras), PronunciationDict)

    def list(
        self,
        *,
        ending_before: str | Omit | None = omit,
        limit: int | Omit | None = omit,
        starting_after: str | Omit | None = omit,
        **extras: Unpack[Extras],
    ) -> CursorIDPage[PronunciationDict]:
        """Your dictionaries, page by page; iterating goes over all pages.

        Args:
            ending_before: id of the dictionary before which the page ends.
            limit: dictionaries per page, 1 to 100.
            starting_after: id of the dictionary after which the page starts.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            APIStatusError: the server refused, with a class for each status.
            APIConnectionError: no connection, or it broke.
        """
        query = asked({"ending_before": ending_before, "limit": limit, "starting_after": starting_after})
        return self._page(f"/{_DICTS}", PronunciationDict, query, extras)

    def delete(self, id: str, **extras: Unpack[Extras]) -> None:
        """Forget a dictionary.

        Args:
            id: of the dictionary.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: the id is empty.
            NotFoundError: there is no such dictionary.
        """
        return self._run_as(Call.of("DELETE", path_of(_DICTS, id=id), **extras), NoneType)

    def pin(self, id: str, **extras: Unpack[Extras]) -> None:
        """Mark a dictionary as pinned.

        Args:
            id: of the dictionary.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: the id is empty.
            NotFoundError: there is no such dictionary.
        """
        return self._run_as(Call.of("POST", path_of(_DICTS, "pin", id=id), **extras), NoneType)

    def unpin(self, id: str, **extras: Unpack[Extras]) -> None:
        """Take the mark of `pin` away.

        Args:
            id: of the dictionary.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: the id is empty.
            NotFoundError: there is no such dictionary.
        """
        return self._run_as(Call.of("POST", path_of(_DICTS, "unpin", id=id), **extras), NoneType)


class PronunciationDictsWithRawResponse:
    """The methods of `PronunciationDicts`, returning responses with their headers."""

    def __init__(self, dictionaries: PronunciationDicts) -> None:
        raw = PronunciationDicts(dictionaries._client, "raw")
        self.create = as_raw(raw.create)
        self.retrieve = self.get = as_raw(raw.retrieve)
        self.update = as_raw(raw.update)
        self.list = as_raw(raw.list)
        self.delete = as_raw(raw.delete)
        self.pin = as_raw(raw.pin)
        self.unpin = as_raw(raw.unpin)


class PronunciationDictsWithStreamingResponse:
    """The methods of `PronunciationDicts`, returning unread responses; use them in `with`."""

    def __init__(self, dictionaries: PronunciationDicts) -> None:
        streamed = PronunciationDicts(dictionaries._client, "streamed")
        self.create = as_streamed(streamed.create)
        self.retrieve = self.get = as_streamed(streamed.retrieve)
        self.update = as_streamed(streamed.update)
        self.list = as_streamed(streamed.list)
        self.delete = as_streamed(streamed.delete)
        self.pin = as_streamed(streamed.pin)
        self.unpin = as_streamed(streamed.unpin)
