from __future__ import annotations

from itertools import groupby

import pytest

from myna.engines.espeak.languages import voice_of
from myna.speech import accents
from myna.speech.errors import InvalidRequest
from myna.speech.languages import WIRE_LANGUAGES, normalize_tag, same_language


def test_the_catalogue_is_in_order() -> None:
    ids = [accent.id for accent in accents.accents()]
    assert len(ids) == 79
    assert ids == sorted(set(ids))
    by_locale = sorted(accents.accents(), key=lambda accent: accent.locale)
    for locale, group in groupby(by_locale, key=lambda accent: accent.locale):
        assert sum(accent.is_locale_default for accent in group) <= 1, locale


@pytest.mark.parametrize("accent", accents.accents(), ids=lambda accent: accent.id)
def test_what_is_offered_is_spoken(accent: accents.Accent) -> None:
    assert accent.language in WIRE_LANGUAGES
    assert same_language(accent.locale, accent.language)
    assert normalize_tag(accent.locale) == accent.locale
    assert accent.is_localizable or not accent.is_attachable
    if accent.spoken is not None:
        assert voice_of(accent.spoken)
        assert same_language(accent.spoken, accent.language)


def test_accents_that_differ_are_spoken_by_different_voices() -> None:
    def voice(id: str) -> str:
        return voice_of(accents.spoken_with(id)[1])

    assert len({voice(id) for id in ("british", "general-american", "new-york")}) == 3
    assert len({voice(id) for id in ("parisian", "belgian-french")}) == 2
    assert len({voice(id) for id in ("castilian", "mexican")}) == 2
    assert len({voice(id) for id in ("brazilian-portuguese", "european-portuguese")}) == 2
    assert len({voice(id) for id in ("central-vietnamese", "southern-vietnamese")}) == 2


@pytest.mark.parametrize(
    ("language", "dialect", "id"),
    [("en", "uk", "british"), ("en-US", "US", "general-american"), ("pt", "br", "brazilian-portuguese"),
     ("fr", "ca", "canadian-french"), ("es", "mx", "mexican")],
)  # fmt: skip
def test_dialects(language: str, dialect: str, id: str) -> None:
    assert accents.of_dialect(language, dialect).id == id


@pytest.mark.parametrize(("language", "dialect"), [("en", "br"), ("de", "us"), ("pt", "mx"), ("zh", "")])
def test_dialects_of_other_languages(language: str, dialect: str) -> None:
    with pytest.raises(InvalidRequest, match="dialect"):
        accents.of_dialect(language, dialect)


def test_what_there_is_not() -> None:
    with pytest.raises(InvalidRequest, match="no accent 'British'"):
        accents.find("British")
    with pytest.raises(InvalidRequest, match="No engine"):
        accents.spoken_with("singaporean")
    usual = accents.usual("EN_gb")
    assert usual is not None and usual.id == "british"
    assert accents.usual("en") is None
    assert accents.usual("en-SC") is None
