"""Parts of long lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Span:
    """Which part of a list, newest first, is wanted.

    Attributes:
        limit: most items.
        starting_after: id of the item behind which it starts; an unknown id gives nothing.
        ending_before: id of the item before which it ends; not with `starting_after`.
    """

    limit: int = 10
    starting_after: str | None = None
    ending_before: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A part of a list, and whether more follows in the direction of reading."""

    items: Sequence[Item]
    has_more: bool = False


def page_of(
    items: Sequence[Item],
    span: Span,
    *,
    id: Callable[[Item], str],
    wanted: Callable[[Item], bool] = lambda item: True,
) -> Page[Item]:
    """The part `span` of those of `items` that are `wanted`.

    Args:
        items: all of them, newest first; a cursor may be any of them, wanted or not.
        span: which part.
        id: the id of an item.
        wanted: which items are in the list.
    """
    found = [(place, item) for place, item in enumerate(items) if wanted(item)]
    start, end = 0, len(found)
    cursor = span.starting_after or span.ending_before
    if cursor is not None:
        at = next((place for place, item in enumerate(items) if id(item) == cursor), None)
        if at is None:
            return Page(())
        if span.starting_after:
            start = sum(place <= at for place, _ in found)
        else:
            end = sum(place < at for place, _ in found)
            start = max(end - span.limit, 0)
            return Page([item for _, item in found[start:end]], start > 0)
    end = min(start + span.limit, len(found))
    return Page([item for _, item in found[start:end]], end < len(found))
