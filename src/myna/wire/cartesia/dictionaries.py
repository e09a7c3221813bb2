"""Pronunciation dictionaries on the wire."""

from __future__ import annotations

from msgspec import Struct

from myna.speech.dictionaries import Dictionary, DictionaryChanges, Pronunciation
from myna.speech.errors import InvalidRequest
from myna.speech.pages import Page
from myna.wire.cartesia.voices.objects import wire_time

MOST_DESCRIPTION = 4000
"""Most characters of a description."""


class DictionaryItem(Struct, kw_only=True, omit_defaults=True):
    """An entry: `pronunciation` and `alias` are one thing under its newer and its older name."""

    text: str
    pronunciation: str | None = None
    alias: str | None = None
    case_sensitive: bool | None = None

    def entry(self, place: int) -> Pronunciation:
        """The entry as a value.

        Raises:
            InvalidRequest: no pronunciation.
        """
        said = self.pronunciation if self.pronunciation is not None else self.alias
        if said is None:
            raise InvalidRequest(
                f"items[{place}].pronunciation is missing; say how {self.text[:40]!r} sounds."
            )
        return Pronunciation(self.text, said, self.case_sensitive)


class DictionaryObject(Struct, kw_only=True):
    """A dictionary."""

    id: str
    name: str
    description: str
    owner_id: str
    pinned: bool
    items: list[DictionaryItem]
    created_at: str


class DictionaryPage(Struct, kw_only=True):
    """A page of `GET /pronunciation-dicts`; `next_page` is the id to go on after."""

    data: list[DictionaryObject]
    has_more: bool
    next_page: str | None


class CreateDictionary(Struct, kw_only=True):
    """The body of `POST /pronunciation-dicts`."""

    name: str
    description: str | None = None
    items: list[DictionaryItem] | None = None

    def entries(self) -> tuple[Pronunciation, ...]:
        """The items as values.

        Raises:
            InvalidRequest: an item that cannot be.
        """
        return _entries(self.items or ())

    def described(self) -> str:
        """The description.

        Raises:
            InvalidRequest: it is too long.
        """
        return _description(self.description or "")


class UpdateDictionary(Struct, kw_only=True):
    """The body of `PATCH /pronunciation-dicts/{id}`; `items` replaces all items."""

    name: str | None = None
    description: str | None = None
    items: list[DictionaryItem] | None = None

    def changes(self) -> DictionaryChanges:
        """What is to be changed.

        Raises:
            InvalidRequest: a value that cannot be.
        """
        return DictionaryChanges(
            name=self.name,
            description=None if self.description is None else _description(self.description),
            items=None if self.items is None else _entries(self.items),
        )


def dictionary_object(dictionary: Dictionary) -> DictionaryObject:
    """How the wire shows a dictionary."""
    return DictionaryObject(
        id=dictionary.id,
        name=dictionary.name,
        description=dictionary.description,
        owner_id=dictionary.owner,
        pinned=dictionary.pinned,
        items=[
            DictionaryItem(
                text=item.text,
                pronunciation=item.pronunciation,
                alias=item.pronunciation,
                case_sensitive=item.case_sensitive,
            )
            for item in dictionary.items
        ],
        created_at=wire_time(dictionary.created_at),
    )


def dictionary_page(page: Page[Dictionary]) -> DictionaryPage:
    """How the wire shows a page of dictionaries."""
    data = [dictionary_object(dictionary) for dictionary in page.items]
    return DictionaryPage(
        data=data, has_more=page.has_more, next_page=data[-1].id if data and page.has_more else None
    )


def _entries(items: list[DictionaryItem] | tuple[()]) -> tuple[Pronunciation, ...]:
    return tuple(item.entry(place) for place, item in enumerate(items))


def _description(text: str) -> str:
    if len(text) > MOST_DESCRIPTION:
        raise InvalidRequest(f"description has {len(text)} characters; use {MOST_DESCRIPTION} at most.")
    return text
