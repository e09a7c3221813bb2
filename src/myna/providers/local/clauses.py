"""Where running text may be cut: after sentences, clauses and words, never inside what belongs together."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_CLOSERS = r"[\"'”’»)\]}*_]*"
_WIDE_CLOSERS = r"[」』）》】”’\"')\]]*"
_MARKS = (
    rf"(?P<end>[.!?…؟।॥۔።]+){_CLOSERS}(?=\s|\Z)\s*"
    rf"|(?P<clause>[,;:،؛·]){_CLOSERS}(?=\s|\Z)\s*"
    rf"|(?P<wide_end>[。！？｡…]+){_WIDE_CLOSERS}\s*"
    rf"|(?P<wide_clause>[、，；：､]){_WIDE_CLOSERS}\s*"
    r"|(?P<dash>(?<=\s)[-–—]+(?=\s)\s+)"
    r"|(?P<line>\n\s*)"
)
_MARK = re.compile(_MARKS)
_UNSPACED_MARK = re.compile(_MARKS + r"|(?P<space>(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f]))")
_WORD = re.compile(r"\S+")
_ALWAYS_GOES_ON = frozenset(
    "mr mrs ms mx dr prof st rev hon gen col capt lt sgt sen rep gov pres mt ft fig vol vs dept approx est"
    " hr fr nr bzw bspw ca evtl ggf m mme mlle me sr sra srta dn dña ud uds sig dott ing avv".split()
)
"""Abbreviations behind which the sentence goes on, without their full stop."""
_OFTEN_GOES_ON = frozenset(
    "e.g i.e a.m p.m etc inc ltd co corp jr no al cf u.s u.k u.n ph.d a.d b.c"
    " z.b d.h u.a usw p.ex ej p.ej s.a".split()
)
"""Abbreviations that may end a sentence: they do where a capital follows."""
_ARTICLES = frozenset("a an the".split())
_WANTS_MORE = re.compile(r"(?:.*[0-9][\"')\]]*|[$€£¥#№+]+|[-–—])\Z", re.DOTALL)
_SOUNDLESS = frozenset(("Po", "Ps", "Pe", "Pi", "Pf", "Pd", "Pc", "Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Sk"))
_LEADING = frozenset("เแโใไເແໂໃໄ")
_TRAILING = frozenset("ะาำๅๆະາຳໆ")
"""Vowels and signs of Thai and Lao that are letters of their own but belong to a neighbour."""
_SOUNDING = frozenset("&%@§¶‰")


@dataclass(frozen=True, slots=True)
class Boundary:
    """The text may be cut before `position`; `ends_sentence` where nothing of the sentence follows."""

    position: int
    ends_sentence: bool


def boundaries(text: str, *, unspaced: bool = False) -> list[Boundary]:
    """Every end of a clause or sentence in `text`, in order; each lies behind its mark and space.

    A mark at the very end of `text` counts as one that space follows. Where words are not set apart by
    spaces, a space is a mark itself.
    """
    found = []
    for mark in (_UNSPACED_MARK if unspaced else _MARK).finditer(text):
        kind, after = mark.lastgroup, text[mark.end() : mark.end() + 1]
        if kind == "end" and "." in mark["end"] and _goes_on(text, mark.start(), after):
            continue
        full = kind in ("end", "wide_end") or (kind == "line" and mark[0].count("\n") > 1)
        if "…" in mark[0] or "..." in mark[0]:
            full = not after.islower()
        found.append(Boundary(mark.end(), full))
    return found


def _goes_on(text: str, stop: int, after: str) -> bool:
    """Whether the full stop at `stop` belongs to an abbreviation, an initial or a list's number."""
    if text[stop : stop + 2] == "..":
        return False
    start = stop
    while start and not text[start - 1].isspace():
        start -= 1
    word = text[start:stop].lstrip("\"'“‘«([{").lower()
    if word in _ALWAYS_GOES_ON or (len(word) == 1 and word.isalpha() and word != "i"):
        return True
    if word in _OFTEN_GOES_ON:
        return not after.isupper()
    if word.isdecimal() and len(word) < 3 and not text[:start].rpartition("\n")[2].strip():
        return True
    return after.islower()


def complete(text: str, *, unspaced: bool) -> int:
    """How much of `text`, to which more may be added, consists of whole words.

    A word is whole once space follows, or a comma or semicolon that stands behind a letter; where words are
    not set apart by spaces, with every character.
    """
    if not text:
        return 0
    last = text[-1]
    if last.isspace() or (last in ",;،؛" and text[-2:-1].isalpha()) or last in "。！？、，；：｡､":
        return len(text)
    if unspaced and not _is_run(last):
        return len(text) - 1 if _may_grow(last) else len(text)
    position = len(text)
    while position and not text[position - 1].isspace():
        if unspaced and not _is_run(text[position - 1]):
            break
        position -= 1
    return position


def _is_run(char: str) -> bool:
    """Whether a character belongs to a word that is written in one, also among unspaced script."""
    return char.isascii() or not char.isalnum()


def _may_grow(char: str) -> bool:
    """Whether marks that follow would change how a character of an unspaced script is read."""
    return "\u0e00" <= char <= "\u109f" or "\u1780" <= char <= "\u17ff"


def word_end(text: str, most: int, *, unspaced: bool, careful: bool = True) -> int:
    """The last place at or before `most` to cut between words, 0 where there is none.

    A `careful` cut is not behind a number, a currency sign, an abbreviation or an article: how they are read
    depends on what follows. Scripts without spaces are cut between characters, but not in Latin words and
    numbers.
    """
    if unspaced:
        return next((at for at in range(min(most, len(text)), 0, -1) if _parts(text, at)), 0)
    best = 0
    for word in _WORD.finditer(text, 0, most):
        end = word.end()
        while end < len(text) and text[end].isspace():
            end += 1
        if end > most or end == word.end() < len(text):
            break
        if not careful or not _wants_more(word[0]):
            best = end
    return best


def _wants_more(word: str) -> bool:
    bare = word.lower().lstrip("\"'“‘«([{")
    if bare in _ARTICLES or (bare.endswith(".") and bare[:-1] in _ALWAYS_GOES_ON):
        return True
    return bool(_WANTS_MORE.match(word))


def _parts(text: str, position: int) -> bool:
    """Whether unspaced text may be cut before `position`: not in a Latin word, not before a mark."""
    before, after = text[position - 1], text[position : position + 1]
    if before.isascii() and not before.isspace() and (not after or after.isascii()):
        return False
    return not after or not (joined(before, after) or after in "。！？、，；：」』）》】｡､")


def joined(before: str, after: str) -> bool:
    """Whether two neighbouring characters are written and read as one."""
    if "\u200d" in before + after:
        return True
    return before in _LEADING or after in _TRAILING or unicodedata.category(after)[0] == "M"


def whole_cluster(text: str, position: int) -> int:
    """The next place at or after `position` that does not part a character from its marks."""
    while 0 < position < len(text) and joined(text[position - 1], text[position]):
        position += 1
    return position


def count_words(text: str) -> int:
    """Words that sound, as set apart by spaces."""
    return sum(1 for word in _WORD.finditer(text) if sounds(word[0]))


def sounds(text: str) -> bool:
    """Whether there is anything to say: a letter, a digit, a symbol that has a name."""
    return any(
        char.isalnum() or char in _SOUNDING or unicodedata.category(char) not in _SOUNDLESS for char in text
    )


def ends_sentence(text: str) -> bool:
    """Whether `text` ends where a sentence does."""
    found = boundaries(text)
    return bool(found) and found[-1].position == len(text) and found[-1].ends_sentence
