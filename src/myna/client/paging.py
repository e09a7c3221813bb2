"""Pages of lists, as servers send them and ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from myna.client.errors import InvalidCall
from myna.client.sentinels import Omit

if TYPE_CHECKING:
    from myna.client.models import Model


def asked(query: dict[str, object]) -> dict[str, object]:
    """The part of a query that was given."""
    return {name: value for name, value in query.items() if value is not None and not isinstance(value, Omit)}


def fields_of(answer: object) -> dict[str, Any]:
    """A page as its fields; the oldest API versions send a bare list, which is all there is."""
    if isinstance(answer, list):
        return {"data": answer, "has_more": False}
    return answer if isinstance(answer, dict) else {}


def following(items: Sequence[Model], query: dict[str, object]) -> dict[str, object] | None:
    """What a query needs for the page after the one it gave; None where none can follow.

    A page that ends where the one before it ended is the last: its server does not go on.
    """
    if not items:
        return None
    cursor, place = ("ending_before", 0) if query.get("ending_before") else ("starting_after", -1)
    edge = items[place].get("id")
    return None if edge is None or edge == query.get(cursor) else {cursor: edge}


def next_query(query: dict[str, object], info: dict[str, object] | None) -> dict[str, object]:
    """The query for the page that follows."""
    if info is None:
        raise InvalidCall("No next page; check has_next_page() first.")
    return {**query, **info}


def plain_items(items: Iterable[Mapping[str, Any]] | Omit | None) -> list[dict[str, Any]] | Omit | None:
    """The entries of a dictionary as they are sent; entries of an answer will do."""
    return items if items is None or isinstance(items, Omit) else [dict(item) for item in items]
