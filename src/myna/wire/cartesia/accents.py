"""The catalogue of accents on the wire."""

from __future__ import annotations

from functools import cache

from msgspec import Struct

from myna.speech import accents
from myna.speech.languages import WIRE_LANGUAGES


class AccentObject(Struct, kw_only=True):
    """An accent of the catalogue."""

    id: str
    name: str
    language: str
    locale: str
    is_locale_default: bool
    is_localizable: bool


class AccentList(Struct, kw_only=True):
    """The answer of `GET /accents`, sorted by id."""

    accents: list[AccentObject]


class LocaleObject(Struct, kw_only=True):
    """A locale and its accents, the usual one first."""

    locale: str
    language: str
    display_name: str
    accents: list[AccentObject]


class LocaleList(Struct, kw_only=True):
    """The answer of `GET /locales`, sorted by locale."""

    locales: list[LocaleObject]


@cache
def accent_list() -> AccentList:
    """All accents."""
    return AccentList(accents=[_object(accent) for accent in accents.accents()])


@cache
def locale_list() -> LocaleList:
    """All locales that have an accent."""
    together: dict[str, list[accents.Accent]] = {}
    for accent in accents.accents():
        together.setdefault(accent.locale, []).append(accent)
    return LocaleList(locales=[_locale(locale, together[locale]) for locale in sorted(together)])


def _locale(locale: str, spoken: list[accents.Accent]) -> LocaleObject:
    usual_first = sorted(spoken, key=lambda accent: not accent.is_locale_default)
    language = usual_first[0].language
    region = locale.partition("-")[2]
    name = WIRE_LANGUAGES[language]
    return LocaleObject(
        locale=locale,
        language=language,
        display_name=f"{name} ({region})" if region else name,
        accents=[_object(accent) for accent in usual_first],
    )


def _object(accent: accents.Accent) -> AccentObject:
    return AccentObject(
        id=accent.id,
        name=accent.name,
        language=accent.language,
        locale=accent.locale,
        is_locale_default=accent.is_locale_default,
        is_localizable=accent.is_localizable,
    )
