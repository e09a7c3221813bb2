"""Words that are said as a pronunciation dictionary has it, found in running text.

At each place the longest entry counts, from left to right. An entry begins and ends where words do; in
scripts without spaces between words, anywhere between characters. Capitals must agree, but an entry in lower
case also stands for itself with a first capital; one that is not case sensitive, for itself in any capitals.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from myna.engines.protocols import PhonemeSpan
from myna.providers.local.clauses import joined
from myna.speech import markup
from myna.speech.dictionaries import Pronunciation

_SPACE = re.compile(r"\s")
_SPACES = re.compile(r"\s+")
_STARTS = re.compile(r"(?<![A-Za-z0-9])[^\s\ufffc]|[^\sA-Za-z0-9\ufffc]")
"""Where an entry may begin, and some places where none does."""
_UNSPACED = (
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u2e80", "\u312f"),
    ("\u31a0", "\ua4cf"),
    ("\uf900", "\ufaff"),
    ("\uff66", "\uff9f"),
    ("\U0001b000", "\U0003ffff"),
)
"""First and last characters of the scripts that set no spaces between words."""


@dataclass(frozen=True, slots=True)
class Respelling:
    """How an entry is said.

    Attributes:
        ipa: how the text itself sounds; empty where other words are read.
        words: what is read instead of the text.
        phonemes: how parts of `words` sound.
    """

    ipa: str = ""
    words: str = ""
    phonemes: tuple[PhonemeSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """`text[start:end]` is said as `said`."""

    start: int
    end: int
    said: Respelling


@dataclass(frozen=True, slots=True)
class Search:
    """What was found of a lexicon in text.

    Attributes:
        hits: in order, not overlapping.
        settled: how much of the text is decided: behind it, an entry may have begun.
    """

    hits: tuple[Hit, ...]
    settled: int


class Lexicon:
    """The entries of a dictionary, ready to be found."""

    def __init__(self, items: Iterable[Pronunciation]) -> None:
        """Take over the entries; of two for the same text, the later one counts."""
        exact: dict[str, Respelling] = {}
        capitalised: dict[str, Respelling] = {}
        any_case: dict[str, Respelling] = {}
        for item in items:
            text = _SPACES.sub(" ", item.text.strip())
            if not text:
                continue
            said = _respelling(item.pronunciation)
            if item.case_sensitive is False:
                any_case[_lower(text)] = said
            else:
                exact[text] = said
                capitalised[_capitalised(text)] = said
        self._exact = _Table({**capitalised, **exact})
        self._any_case = _Table(any_case)
        self._longest = max(self._exact.longest, self._any_case.longest)

    def search(self, text: str, *, before: str = "", more: bool = False) -> Search:
        """Find the entries in `text`.

        Args:
            text: plain text; U+FFFC stands for what is not to be looked at.
            before: the character in front of it, empty at a start.
            more: whether text may follow that belongs to it.
        """
        text = _SPACE.sub(" ", text)
        lower = _lower(text)
        hits: list[Hit] = []
        at = 0
        for place in _STARTS.finditer(text):
            if place.start() < at:
                continue
            at = place.start()
            near = more and len(text) - at < self._longest
            lengths = self._exact.lengths(text, at) | self._any_case.lengths(lower, at)
            if (near or lengths) and _parted(text[at - 1] if at else before, text[at]):
                if near and (self._exact.goes_on(text, at) or self._any_case.goes_on(lower, at)):
                    return Search(tuple(hits), at)
                for length in sorted(lengths, reverse=True):
                    end = at + length
                    said = self._exact.said.get(text[at:end]) or self._any_case.said.get(lower[at:end])
                    if said is None or end > len(text):
                        continue
                    if end == len(text) and more and _may_go_on(text[-1]):
                        return Search(tuple(hits), at)
                    if _parted(text[end - 1], text[end : end + 1]):
                        hits.append(Hit(at, end, said))
                        at = end
                        break
        return Search(tuple(hits), len(text))


class _Table:
    """Texts and how they are said, looked up by their beginning."""

    def __init__(self, said: dict[str, Respelling]) -> None:
        self.said = said
        self.longest = max(map(len, said), default=0)
        self._sorted = sorted(said)
        self._lengths: dict[str, set[int]] = {}
        for text in said:
            self._lengths.setdefault(text[:2], set()).add(len(text))

    def lengths(self, text: str, at: int) -> set[int]:
        """How long an entry may be that begins there."""
        found = self._lengths.get(text[at : at + 2], _NONE)
        return found if text[at] not in self._lengths else found | {1}

    def goes_on(self, text: str, at: int) -> bool:
        """Whether an entry begins with all of the text from there, and is longer."""
        rest = text[at:]
        place = bisect_right(self._sorted, rest)
        return place < len(self._sorted) and self._sorted[place].startswith(rest)


_NONE: set[int] = set()


def _capitalised(text: str) -> str:
    """The other form of an entry that is written in lower case, else the entry itself."""
    capital = text[0].upper()
    if text == text.lower() and len(capital) == 1 and unicodedata.name(capital, "").startswith("LATIN"):
        return capital + text[1:]
    return text


def _respelling(pronunciation: str) -> Respelling:
    parser = markup.Parser()
    words, phonemes = "", []
    for event in (*parser.feed(pronunciation.strip()), *parser.close()):
        if isinstance(event, markup.Text):
            words += event.text
        elif isinstance(event, markup.Pronounce):
            phonemes.append(PhonemeSpan(len(words), len(words) + len(event.ipa), event.ipa))
            words += event.ipa
    if len(phonemes) == 1 and phonemes[0].end - phonemes[0].start == len(words):
        return Respelling(ipa=words)
    return Respelling(words=words, phonemes=tuple(phonemes))


def _lower(text: str) -> str:
    """In lower case, character by character."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(small if len(small := char.lower()) == 1 else char for char in text)


def _parted(before: str, after: str) -> bool:
    """Whether a word may end or begin between two characters, either of which may be missing."""
    if not before or not after:
        return True
    if joined(before, after):
        return False
    return not (_is_of_word(before) and _is_of_word(after))


def _may_go_on(char: str) -> bool:
    """Whether a word that ends with this character may turn out to be longer."""
    return _is_of_word(char) or "\u0e00" <= char <= "\u109f" or "\u1780" <= char <= "\u17ff"


def _is_of_word(char: str) -> bool:
    """Whether a character is part of words that spaces set apart."""
    if not (char.isalnum() or char == "_" or unicodedata.category(char)[0] == "M"):
        return False
    return not any(first <= char <= last for first, last in _UNSPACED)


def replacements(hits: Sequence[Hit]) -> list[tuple[int, int, str]]:
    """Where other words are read, and which: start, end, words."""
    return [(hit.start, hit.end, hit.said.words) for hit in hits if not hit.said.ipa]
