"""Languages: tags in one spelling, those of the wire, and how their scripts set words."""

from __future__ import annotations

import re
from functools import lru_cache

from myna.speech.errors import InvalidRequest

WIRE_LANGUAGES: dict[str, str] = {
    "en": "English", "fr": "French", "de": "German", "es": "Spanish", "pt": "Portuguese", "zh": "Chinese",
    "ja": "Japanese", "hi": "Hindi", "it": "Italian", "ko": "Korean", "nl": "Dutch", "pl": "Polish",
    "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "tl": "Tagalog", "bg": "Bulgarian", "ro": "Romanian",
    "ar": "Arabic", "cs": "Czech", "el": "Greek", "fi": "Finnish", "hr": "Croatian", "ms": "Malay",
    "sk": "Slovak", "da": "Danish", "ta": "Tamil", "uk": "Ukrainian", "hu": "Hungarian", "no": "Norwegian",
    "vi": "Vietnamese", "bn": "Bengali", "th": "Thai", "he": "Hebrew", "ka": "Georgian", "id": "Indonesian",
    "te": "Telugu", "gu": "Gujarati", "kn": "Kannada", "ml": "Malayalam", "mr": "Marathi", "pa": "Punjabi",
    "or": "Odia", "ur": "Urdu",
}  # fmt: skip
"""The languages of the wire's newest version, with their English names."""

UNSPACED = frozenset(("zh", "yue", "hak", "ja", "th", "lo", "my", "km", "bo", "dz", "shn"))
"""Languages written without spaces between words."""

_ONE_FOR_ANOTHER = {"cmn": "zh", "nan": "zh", "fil": "tl", "iw": "he", "in": "id", "nn": "nb", "no": "nb"}
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


@lru_cache(maxsize=512)
def normalize_tag(tag: str) -> str:
    """Spell a BCP-47 tag the usual way: `EN_us` is `en-US`, `zh-hans-cn` is `zh-Hans-CN`.

    Raises:
        InvalidRequest: it is not a language tag.
    """
    plain = tag.strip().replace("_", "-")
    if len(plain) > 35 or not _TAG.fullmatch(plain):
        raise InvalidRequest(f"{tag[:40]!r} is not a language tag: give one such as 'en', 'pt-BR' or 'zh'.")
    first, *rest = plain.split("-")
    spelled, private = [first.lower()], False
    for subtag in rest:
        if private or len(subtag) not in (2, 4):
            spelled.append(subtag.lower())
        elif len(subtag) == 2:
            spelled.append(subtag.upper())
        else:
            spelled.append(subtag.title())
        private = private or len(subtag) == 1
    return "-".join(spelled)


@lru_cache(maxsize=512)
def primary(tag: str) -> str:
    """The language itself, without region or script; several codes for one language become one.

    Raises:
        InvalidRequest: it is not a language tag.
    """
    first = normalize_tag(tag).partition("-")[0]
    return _ONE_FOR_ANOTHER.get(first, first)


def is_unspaced(tag: str) -> bool:
    """Whether the language is written without spaces between words."""
    return primary(tag) in UNSPACED


def same_language(one: str, other: str) -> bool:
    """Whether two tags mean one language, whatever their regions."""
    return primary(one) == primary(other)
