from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from myna.speech.dictionaries import Dictionary, Pronunciation
from myna.speech.errors import InvalidRequest
from myna.speech.pages import Page
from myna.wire.cartesia.codec import decode_body
from myna.wire.cartesia.dictionaries import (
    CreateDictionary,
    UpdateDictionary,
    dictionary_object,
    dictionary_page,
)

KEPT = Dictionary(
    "pdict_1", "Names", "ann", datetime(2026, 1, 2, tzinfo=UTC), "d",
    (Pronunciation("Nguyen", "win"), Pronunciation("cat", "<<k|æ|t>>", False)), True,
)  # fmt: skip


def read(kind: type[Any], **fields: Any) -> Any:
    return decode_body(msgspec.json.encode(fields), kind)


def test_the_object() -> None:
    assert msgspec.json.decode(msgspec.json.encode(dictionary_object(KEPT))) == {
        "id": "pdict_1", "name": "Names", "description": "d", "owner_id": "ann", "pinned": True,
        "created_at": "2026-01-02T00:00:00Z",
        "items": [
            {"text": "Nguyen", "pronunciation": "win", "alias": "win"},
            {"text": "cat", "pronunciation": "<<k|æ|t>>", "alias": "<<k|æ|t>>", "case_sensitive": False},
        ],
    }  # fmt: skip


def test_pages() -> None:
    assert dictionary_page(Page([KEPT], has_more=True)).next_page == "pdict_1"
    assert dictionary_page(Page([KEPT])).next_page is None


def test_both_names_of_a_pronunciation_are_read() -> None:
    items = [
        {"text": "a", "alias": "b"}, {"text": "a", "pronunciation": "c", "alias": "b", "novelty": 1},
        {"text": "a", "pronunciation": "d", "case_sensitive": True},
    ]  # fmt: skip
    body = read(CreateDictionary, name="N", items=items)
    assert body.entries() == (
        Pronunciation("a", "b"), Pronunciation("a", "c"), Pronunciation("a", "d", case_sensitive=True),
    )  # fmt: skip


def test_nulls() -> None:
    body = read(CreateDictionary, name="N", items=None, description=None)
    assert (body.entries(), body.described()) == ((), "")
    changes = read(UpdateDictionary, name=None, items=None).changes()
    assert (changes.name, changes.items, changes.description, changes.pinned) == (None, None, None, None)
    assert read(UpdateDictionary, items=[]).changes().items == ()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"items": [{"text": "a", "alias": "b"}, {"text": "a"}]}, r"items\[1\].pronunciation"),
        ({"items": [{"alias": "b"}]}, "text"),
        ({"items": "none"}, "items"),
        ({"description": "x" * 4001}, "description"),
    ],
)
def test_refusals_name_the_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest, match=field):
        read(UpdateDictionary, **fields).changes()
