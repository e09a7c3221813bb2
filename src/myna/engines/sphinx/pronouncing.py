"""How an English speaker would say a word that no dictionary has, in the phones of the acoustic model."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

Lookup = Callable[[str], str | None]
"""The phones of a word of the dictionary."""

_PAIRS = """
tion SH AH N;sion ZH AH N;eigh EY;augh AO;ough AO;tsch CH;
sch SH;tch CH;igh AY;dge JH;eau OW;eer IH R;ear IH R;air EH R;oor UH R;our AO R;wor W ER;que K;
ch CH;sh SH;th TH;ph F;gh G;wh W;ck K;qu K W;ng NG;kn N;wr R;rh R;gn N;
ee IY;ea IY;oo UW;ou AW;ow OW;oi OY;oy OY;ai EY;ay EY;au AO;aw AO;ei AY;ie IY;ey IY;eu OY;ew UW;ue UW;
oa OW;oe OW;ui UW;uy AY;aa AA;ae EY;uu UW;ar AA R;er ER;ir ER;ur ER;or AO R;yr ER;
a AE;b B;c K;d D;e EH;f F;g G;h HH;i IH;j JH;k K;l L;m M;n N;o AA;p P;q K;r R;s S;t T;u AH;v V;w W;x K S;
y IY;z Z
"""
_SOUNDS = {
    letters: phones
    for letters, _, phones in (pair.strip().partition(" ") for pair in _PAIRS.replace("\n", "").split(";"))
}
_LONG = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW", "y": "AY"}
_LAST = {"a": "AH", "i": "IY", "o": "OW", "u": "UW", "es": "IH Z", "ed": "D", "le": "AH L", "mb": "M"}
"""What letters sound like at the end of a word of more than three."""
_FIRST = {"x": "Z", "y": "Y", "ps": "S", "gh": "G", "gn": "N", "mc": "M AH K", "ge": "JH EH"}
_SPELLED = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        "EY;B IY;S IY;D IY;IY;EH F;JH IY;EY CH;AY;JH EY;K EY;EH L;EH M;EH N;OW;P IY;K Y UW;AA R;EH S;T IY;"
        "Y UW;V IY;D AH B AH L Y UW;EH K S;W AY;Z IY".split(";"),
        strict=True,
    )
)
_ACRONYM = re.compile(r"[A-Z]{2,5}")
_LEAST_PART, _MOST_PARTS = 3, 4
_LATIN = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "þ": "th", "ð": "th"})


def plain(text: str) -> str:
    """The text in letters a to z and apostrophes, with single spaces; what has no such letters is gone."""
    bare = unicodedata.normalize("NFKD", text.lower().translate(_LATIN))
    bare = "".join(mark for mark in bare if not unicodedata.combining(mark)).replace("’", "'")
    return " ".join(re.sub(r"[^a-z']+", " ", bare).split())


def pronunciations(word: str, lookup: Lookup) -> list[str]:
    """How a word may be said, likeliest first; none for what has no letters.

    Args:
        word: one word, written as a reader meets it: capitals tell acronyms.
        lookup: the dictionary.
    """
    letters = plain(word).replace(" ", "").strip("'")
    if not letters:
        return []
    found = [phones for phones in (lookup(letters), lookup(f"{letters}(2)")) if phones]
    if _ACRONYM.fullmatch(word):
        found.append(" ".join(_SPELLED[letter] for letter in letters))
    if not found:
        parts = _parts(letters.replace("'", ""), lookup)
        found = [phones for phones in (" ".join(parts), spoken(letters)) if phones]
    return list(dict.fromkeys(found))


def spoken(letters: str) -> str:
    """The phones of letters by rule alone: "newberg" is "N UW B ER G"."""
    letters = letters.replace("'", "")
    phones: list[str] = []
    at = 0
    while at < len(letters):
        length, sound = _sound(letters, at)
        phones.extend(sound.split())
        at += length
    return " ".join(phones)


def _sound(word: str, at: int) -> tuple[int, str]:
    """How many letters make the next sound, and the sound."""
    rest = word[at:]
    edge = _edge(word, at)
    if edge is not None:
        return edge
    letter, after = rest[0], rest[1:2]
    if letter in _LONG and re.fullmatch(r".[b-df-hj-np-tvz]es?", rest):
        return 1, _LONG[letter]
    if letter == "c" and after in ("e", "i", "y"):
        return 1, "S"
    if letter == after and letter not in "aeou":
        return 2, _SOUNDS[letter]
    length = next(length for length in (4, 3, 2, 1) if rest[:length] in _SOUNDS)
    return length, _SOUNDS[rest[:length]]


def _edge(word: str, at: int) -> tuple[int, str] | None:
    """The sound of letters that sound otherwise at the beginning or the end of a word."""
    rest = word[at:]
    if at == 0:
        return next(((len(first), _FIRST[first]) for first in _FIRST if rest.startswith(first)), None)
    if len(word) > 3 and rest == "e":
        return 1, ""
    return (len(rest), _LAST[rest]) if len(word) > 3 and rest in _LAST else None


def _parts(letters: str, lookup: Lookup) -> list[str]:
    """The phones of the fewest words of the dictionary that make up the letters; empty where none do."""
    best: list[list[str] | None] = [[]] + [None] * len(letters)
    for end in range(_LEAST_PART, len(letters) + 1):
        for start in range(end - _LEAST_PART + 1):
            before = best[start]
            if before is None or len(before) >= _MOST_PARTS:
                continue
            now = best[end]
            if now is not None and len(now) <= len(before) + 1:
                continue
            if phones := lookup(letters[start:end]):
                best[end] = [*before, phones]
    return best[-1] or []
