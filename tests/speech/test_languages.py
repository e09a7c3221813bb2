"""Language tags: spelling, what is known, and how scripts set words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myna.speech import languages
from myna.speech.errors import InvalidRequest


@pytest.mark.parametrize(
    ("given_tag", "spelled", "language"),
    [
        ("en", "en", "en"),
        ("EN_us", "en-US", "en"),
        (" pt-br ", "pt-BR", "pt"),
        ("zh-hans-cn", "zh-Hans-CN", "zh"),
        ("cmn", "cmn", "zh"),
        ("no", "no", "nb"),
        ("es-419", "es-419", "es"),
        ("en-x-AB", "en-x-ab", "en"),
        ("iw", "iw", "he"),
    ],
)
def test_spelling(given_tag: str, spelled: str, language: str) -> None:
    assert languages.normalize_tag(given_tag) == spelled
    assert languages.primary(given_tag) == language


@pytest.mark.parametrize(
    "tag", ["", "e", "../en", "english language", "en-", "-", "en--US", "x" * 400, "日本"]
)
def test_what_is_no_tag(tag: str) -> None:
    with pytest.raises(InvalidRequest, match="language tag"):
        languages.normalize_tag(tag)


@given(st.text(max_size=40))
def test_spelling_is_final_or_refused(text: str) -> None:
    try:
        tag = languages.normalize_tag(text)
    except InvalidRequest:
        return
    assert languages.normalize_tag(tag) == tag


def test_the_wire_languages() -> None:
    assert len(languages.WIRE_LANGUAGES) == 44
    assert all(languages.normalize_tag(tag) == tag for tag in languages.WIRE_LANGUAGES)


def test_scripts() -> None:
    assert [tag for tag in ("zh", "ja-JP", "th", "ko", "vi", "en") if languages.is_unspaced(tag)] == [
        "zh",
        "ja-JP",
        "th",
    ]
    assert languages.same_language("en-GB", "en_US")
    assert not languages.same_language("en", "de")
