from __future__ import annotations

import pytest

from myna.speech.errors import InvalidRequest
from myna.speech.pages import Span
from myna.speech.voices import VoiceFilter
from myna.wire.cartesia.queries import VoiceQuery, span_of


def test_nothing_asked() -> None:
    query = VoiceQuery.parse([])
    assert (query.wanted, query.span, query.expand) == (VoiceFilter(), Span(10), frozenset())


def test_everything_asked() -> None:
    query = VoiceQuery.parse(
        [("limit", "7"), ("starting_after", "a"), ("is_owner", "True"), ("is_starred", "false"),
         ("gender", "feminine"), ("q", "  Nordic calm "), ("expand[]", "embedding"), ("expand", "is_starred")]
    )  # fmt: skip
    assert query.wanted == VoiceFilter(is_owner=True, is_starred=False, gender="feminine", q="Nordic calm")
    assert query.span == Span(7, starting_after="a")
    assert query.expand == {"embedding", "is_starred"}


def test_what_is_left_empty_was_not_asked() -> None:
    empty = [(name, "") for name in ("limit", "starting_after", "ending_before", "is_owner", "gender", "q")]
    assert VoiceQuery.parse(empty) == VoiceQuery.parse([])


@pytest.mark.parametrize(("given", "taken"), [("1000", 100), ("-3", 1), ("0", 1), ("99", 99)])
def test_limits_are_bounded(given: str, taken: int) -> None:
    assert span_of({"limit": given}).limit == taken


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "many"}, "limit"),
        ({"limit": "9" * 5000}, "limit"),
        ({"is_owner": "maybe"}, "is_owner"),
        ({"is_starred": "2"}, "is_starred"),
        ({"gender": "other"}, "gender"),
        ({"q": "x" * 501}, "q"),
        ({"starting_after": "a", "ending_before": "b"}, "starting_after"),
    ],
)
def test_refusals_name_the_field(query: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidRequest, match=field):
        VoiceQuery.parse(query.items())
