"""Whisper's names for languages, which are nearly those of everybody else."""

from __future__ import annotations

from myna.speech.languages import normalize_tag

_CODES = {
    "nb": "no", "cmn": "zh", "nan": "zh", "fil": "tl", "iw": "he", "in": "id", "jv": "jw", "ji": "yi",
}  # fmt: skip
_TAGS = {"jw": "jv"}


def code_of(tag: str) -> str:
    """Whisper's code for the language of a tag: `pt-BR` is `pt`, `nb-NO` is `no`.

    Raises:
        InvalidRequest: it is not a language tag.
    """
    first = normalize_tag(tag).partition("-")[0]
    return _CODES.get(first, first)


def tag_of(code: str) -> str:
    """The tag of one of Whisper's codes."""
    return _TAGS.get(code, code)
