"""Pages of lists, as servers send them and ask for them."""

from __future__ import annotations

from typing import Any

from myna.client.errors import InvalidCall


def fields_of(answer: object) -> dict[str, Any]:
    """A page of voices as its fields; the oldest API versions send a bare list, which is all there is."""
    if isinstance(answer, list):
        return {"data": answer, "has_more": False}
    return answer if isinstance(answer, dict) else {}


def next_query(query: dict[str, object], info: dict[str, object] | None) -> dict[str, object]:
    """The query for the page that follows."""
    if info is None:
        raise InvalidCall("No next page; check has_next_page() first.")
    return {**query, **info}
