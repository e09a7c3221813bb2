from __future__ import annotations

from myna.wire.cartesia.accents import accent_list, locale_list


def test_accents_are_sorted() -> None:
    ids = [accent.id for accent in accent_list().accents]
    assert ids == sorted(ids) and len(ids) == 79
    american = next(accent for accent in accent_list().accents if accent.id == "general-american")
    assert (american.language, american.locale, american.is_locale_default) == ("en", "en-US", True)
    assert american.is_localizable


def test_every_accent_is_in_its_locale() -> None:
    locales = locale_list().locales
    names = [each.locale for each in locales]
    assert names == sorted(set(names))
    assert sum(len(each.accents) for each in locales) == len(accent_list().accents)
    for each in locales:
        assert {accent.locale for accent in each.accents} == {each.locale}
        defaults = [accent.is_locale_default for accent in each.accents]
        assert defaults == sorted(defaults, reverse=True)
        assert each.display_name and each.language == each.accents[0].language
