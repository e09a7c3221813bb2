"""Numbers as words, in the languages in which that can be done without knowing the sentence."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, cast

from myna.speech.languages import normalize_tag, primary

Form = Literal["cardinal", "ordinal", "year"]

_PLAIN = frozenset("en fr de es pt it nl pl ru sv tr ro cs fi sk da uk hu nb vi id bn te kn".split())
"""Languages whose plain numbers are read alike nearly everywhere."""
_REGIONAL = frozenset(
    ("en_IN", "en_NG", "es_CO", "es_CR", "es_GT", "es_NI", "es_VE", "fr_BE", "fr_CH", "fr_DZ", "pt_BR")
)
_LONGEST = 15
"""Digits of a number that is still read as one."""
_WITH_AND = frozenset(("GB", "IE", "AU", "NZ", "IN", "ZA", "NG"))
"""Where one says `one hundred and five`."""


def speaks_numbers(language: str) -> bool:
    """Whether numbers of the language of this BCP-47 tag can be put into words."""
    return primary(language) in _PLAIN


@lru_cache(maxsize=4096)
def number(value: int, language: str, form: Form = "cardinal") -> str | None:
    """`value` in words of the language of a BCP-47 tag, None where they are not known."""
    if not 0 <= value < 10**_LONGEST or not speaks_numbers(language):
        return None
    from num2words import num2words

    try:
        words = cast(str, num2words(value, lang=_converter(language), to=form))
    except (NotImplementedError, ValueError, KeyError, IndexError, OverflowError, TypeError):
        return None
    if primary(language) == "en":
        words = words.replace("-", " ").replace(",", "")
        if normalize_tag(language).rpartition("-")[2] not in _WITH_AND:
            words = words.replace(" and ", " ")
    return " ".join(words.replace("\u00ad", "").split())


def _converter(language: str) -> str:
    tag = normalize_tag(language)
    regional = tag.replace("-", "_")
    if regional in _REGIONAL:
        return regional
    return "no" if primary(tag) == "nb" else primary(tag)
