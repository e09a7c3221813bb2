"""Which voice of eSpeak NG speaks a language: the allow-list between requests and the library."""

from __future__ import annotations

from myna.speech.errors import EngineError

VOICES = frozenset(
    """
    af am an ar as az ba be bg bn bpy bs ca ca-ba ca-nw ca-va cmn cmn-latn-pinyin cs cv cy da de el
    en-029 en-gb-scotland en-gb-x-gbclan en-gb-x-gbcwmd en-gb-x-rp en-us en-us-nyc eo es es-419 et eu fa
    fa-latn fi fr fr-be fr-ch ga gd gmw/en gn grc gu hak haw he hi hr ht hu hy hyw ia id io iro/chr
    is it ja jbo ka kk kl kn ko kok ku ky la lb lfn lt ltg lv mi mk ml mr ms mt mto my nb nci ne nl
    nog om or pa pap piqd pl pt pt-br py qdb qu quc qya ro ru ru-cl ru-lv sd shn si sjn sk sl smj sq sr
    sv sw ta te th ti tk tn tr tt ug uk ur uz vi vi-vn-x-central vi-vn-x-south yue yue-latn-jyutping
    """.split()
)
"""Names that the library knows: lower-case BCP-47 tags, and the files of two whose tags it does not find."""

_ALIASES = {
    "chr": "iro/chr",
    "en": "en-us",
    "en-au": "gmw/en",
    "en-gb": "gmw/en",
    "en-ie": "gmw/en",
    "en-in": "gmw/en",
    "en-nz": "gmw/en",
    "en-sc": "en-gb-scotland",
    "en-scotland": "en-gb-scotland",
    "en-uk": "gmw/en",
    "en-za": "gmw/en",
    "es-ar": "es-419",
    "es-cl": "es-419",
    "es-co": "es-419",
    "es-mx": "es-419",
    "es-pe": "es-419",
    "es-us": "es-419",
    "fil": "id",
    "fr-ca": "fr",
    "in": "id",
    "iw": "he",
    "lzh": "cmn",
    "nn": "nb",
    "no": "nb",
    "pt-pt": "pt",
    "sh": "hr",
    "tl": "id",
    "wuu": "cmn",
    "zh": "cmn",
    "zh-hk": "yue",
    "zh-mo": "yue",
    "zh-yue": "yue",
}
"""Tags under other names, and neighbours that read a language which the library lacks."""

_TEMPO = {"be": 0.95, "jbo": 0.8, "py": 0.8, "ru-cl": 0.95, "ru-lv": 0.95, "uk": 0.8}
"""The library slows these voices down; a variant would undo it."""

_PITCH = {
    "cmn": 0.85, "de": 0.966, "fr": 0.98, "fr-be": 0.98, "fr-ch": 0.98, "he": 1.09, "hr": 0.96, "it": 0.975,
    "ja": 0.945, "ko": 1.03, "nb": 0.975, "pt": 1.025, "pt-br": 1.015, "th": 1.065, "vi": 0.823,
}  # fmt: skip
"""Median pitch of a language's melody relative to English where it differs by more than 2 %."""


def voice_of(language: str) -> str:
    """The library's voice for a BCP-47 tag, found by dropping subtags from its end.

    Raises:
        EngineError: no voice speaks it.
    """
    tag = language.strip().lower().replace("_", "-")
    while tag:
        tag = _ALIASES.get(tag, tag)
        if tag in VOICES:
            return tag
        tag = tag.rpartition("-")[0]
    raise EngineError(f"eSpeak NG does not speak {language[:40]!r}; choose another language.")


def tempo_of(voice: str) -> float:
    """The voice's own tempo, 1.0 for nearly all."""
    return _TEMPO.get(voice, 1.0)


def pitch_of(voice: str) -> float:
    """Median pitch of the voice's melody relative to English at the same setting."""
    return _PITCH.get(voice, 1.0)
