"""Parts of long lists."""

from __future__ import annotations

from collections.abc import Sequence
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
