"""Times of the written words of an utterance, from the finer or coarser words that an engine reports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from myna.engines.protocols import Word

_TOKEN = re.compile(r"\S+")
_SOUNDING = re.compile(r"[^\W_]")
_UNSPACED = frozenset({"zh", "cmn", "yue", "hak", "ja", "th", "lo", "my", "shn", "km", "bo"})
"""Languages written without spaces between words: there the engine says where words begin."""


def spaced(language: str) -> bool:
    """Whether words of the BCP-47 tag `language` are written apart."""
    return language.split("-", 1)[0].lower() not in _UNSPACED


def tokens(text: str) -> list[tuple[int, int]]:
    """Start and end of every run of characters between white space."""
    return [match.span() for match in _TOKEN.finditer(text)]


class WordClock:
    """Turns reports "now the engine begins the word at this character" into times of written words.

    Several engine words in one written word are merged; written words that the engine speaks as one share
    its time by their length; a written word without sound (a lone dash) has no duration, unless the engine
    reads its name. Times never decrease.
    """

    def __init__(self, text: str, language: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._spaced = spaced(language)
        self._next = 0
        self._first: int | None = None
        self._start = 0.0
        self._quiet: float | None = None
        self._heard = False

    def begins(self, position: int, time: float) -> Iterator[Word]:
        """The engine begins the word at character `position`; yields the words that are over by then."""
        index = self._index(position, time)
        if index is None or (self._first is not None and index < self._next):
            self._quiet = None
            return
        yield from self._close(index, time)
        self._first, self._next = index, index + 1
        self._start, self._quiet, self._heard = time, None, False

    def pauses(self, time: float) -> None:
        """A silence begins; it ends the current word unless the engine goes on with it."""
        if self._quiet is None:
            self._quiet = time

    def sounds(self) -> None:
        """The current word is heard: a silence before that was part of it."""
        self._quiet, self._heard = None, True

    def ends(self, time: float) -> Iterator[Word]:
        """The utterance ends; yields all words that are left."""
        yield from self._close(len(self._tokens), time)

    def _index(self, position: int, time: float) -> int | None:
        """Which written word holds `position`; where there are no spaces, a new one may begin there."""
        for index in range(max(0, self._next - 1), len(self._tokens)):
            start, end = self._tokens[index]
            if position < end:
                if not self._spaced and start < position and self._splits(index, position, time):
                    self._tokens[index : index + 1] = [(start, position), (position, end)]
                    return index + 1
                return index
        return None

    def _splits(self, index: int, position: int, time: float) -> bool:
        start, _ = self._tokens[index]
        return bool(_SOUNDING.search(self._text, start, position))

    def _close(self, until: int, time: float) -> Iterator[Word]:
        """Words from the current one up to, not including, number `until`, which end by `time`."""
        first = self._first if self._first is not None else self._next
        span = self._tokens[first:until]
        end = time if self._quiet is None else min(time, self._quiet)
        begin = self._start if self._first is not None else end
        sounding = [self._weight(token) for token in span]
        if self._first is not None and self._heard and not any(sounding):
            sounding[0] = 1
        total = sum(sounding)
        for token, weight in zip(span, sounding, strict=True):
            share = (end - begin) * weight / (total or 1)
            stop = end if weight == total > 0 else min(begin + share, max(begin, end))
            total -= weight
            yield Word(*token, begin, stop)
            begin = stop
        self._first, self._next = None, until

    def _weight(self, token: tuple[int, int]) -> int:
        return len(_SOUNDING.findall(self._text, *token))
