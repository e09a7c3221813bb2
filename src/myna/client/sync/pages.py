"""Lists that come page by page, for threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, Self, TypeVar

from myna.client.models import Model
from myna.client.paging import following, next_query

T = TypeVar("T", bound=Model)


class CursorIDPage(Generic[T]):
    """One page of a list; iterating goes over this page and all that follow.

    Attributes:
        data: the items of this page.
        has_more: whether the server says that there are more; None where it says nothing.

    Example:
        >>> for voice in client.voices.list(limit=10):
        ...     print(voice.name)
    """

    def __init__(
        self, fields: dict[str, Any], kind: type[T], query: dict[str, object], fetch: Callable[..., Self]
    ) -> None:
        self.data: list[T] = [kind(item) for item in fields.get("data") or []]
        self.has_more: bool | None = fields.get("has_more")
        self.next_page: str | None = fields.get("next_page")
        self._query = query
        self._fetch = fetch

    def next_page_info(self) -> dict[str, object] | None:
        """The query of the page that follows; None where none can."""
        return following(self.data, self._query)

    @property
    def starting_after(self) -> object:
        """The id after which the following page starts; None where there is none."""
        info = self.next_page_info() if self.has_next_page() else None
        return info.get("starting_after") if info else None

    def has_next_page(self) -> bool:
        """Whether another page may follow."""
        return self.has_more is not False and self.next_page_info() is not None

    def get_next_page(self) -> Self:
        """Ask for the page that follows.

        Raises:
            InvalidCall: this is the last one.
        """
        return self._fetch(next_query(self._query, self.next_page_info()))

    def iter_pages(self) -> Iterator[Self]:
        """This page and all that follow."""
        page = self
        while True:
            yield page
            if not page.has_next_page():
                return
            page = page.get_next_page()

    def __iter__(self) -> Iterator[T]:
        for page in self.iter_pages():
            yield from page.data

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> T:
        return self.data[index]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(data={self.data!r})"
