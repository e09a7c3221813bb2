"""Readings of Chinese characters in Japanese text, which eSpeak NG cannot read itself.

Sudachi's dictionary gives them. It is loaded in worker processes only, when the first text needs it
(50 ms and 30 MB).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sudachipy import Morpheme, Tokenizer

_KANJI = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々〆ヶ]")
_KANA = re.compile(r"[\u3041-\u309f\u30a0-\u30ff]+")
_ATTACHED = frozenset({"助詞", "助動詞", "接尾辞", "補助記号", "空白"})
"""Parts of speech that belong to the word before them: particles, endings, suffixes, signs, spaces."""
_SIGNS = frozenset({"補助記号", "空白"})
_PREFIX = "接頭辞"
_COUNTER = "助数詞可能"
_SPOKEN = {"は": "わ", "へ": "え", "を": "お"}
"""Particles that are not read as they are written."""
_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_MAX_BYTES = 40_000
"""The analyser refuses texts of 48 KiB and more; utterances are far shorter."""


class Phrase(NamedTuple):
    """`text[start:end]` is read as `kana`."""

    start: int
    end: int
    kana: str


def needed(text: str) -> bool:
    """Whether the text holds characters whose reading is not in themselves."""
    return bool(_KANJI.search(text))


def phrases(text: str) -> list[Phrase]:
    """The text in kana, word by word with its particles; empty for a text too long to analyse."""
    if len(text.encode()) > _MAX_BYTES:
        return []
    found: list[Phrase] = []
    before: Morpheme | None = None
    for word in _tokenizer().tokenize(text):
        kana = _reading(word)
        if before is not None and _belongs(word, before):
            last = found.pop()
            found.append(Phrase(last.start, word.end(), last.kana + kana))
        else:
            found.append(Phrase(word.begin(), word.end(), kana))
        before = word
    return found


def _belongs(word: Morpheme, before: Morpheme) -> bool:
    """Whether a word is spoken in one go with the one before it."""
    part, earlier = word.part_of_speech(), before.part_of_speech()
    return part[0] in _ATTACHED or earlier[0] == _PREFIX or (part[2] == _COUNTER and earlier[1] == "数詞")


def _reading(word: Morpheme) -> str:
    written: str = word.surface()
    part = word.part_of_speech()[0]
    if part == "助詞":
        return _SPOKEN.get(written, written)
    if part in _SIGNS:
        return written
    kana: str = word.reading_form()
    if written.isdecimal() or _KANA.fullmatch(written) or not _KANA.fullmatch(kana):
        return written
    return kana.translate(_TO_HIRAGANA)


@cache
def _tokenizer() -> Tokenizer:
    from sudachipy import Dictionary, SplitMode

    return Dictionary(dict="small").tokenizer(mode=SplitMode.C)
