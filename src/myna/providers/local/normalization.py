"""Text as it is written, turned into text as it is spoken, with the way back for every word.

English numbers, ordinals, sums of money, percentages, dates, times, units, telephone numbers and signs become
words. In other languages plain numbers do, where that is safe; everything else is left to the engine. The
marks of Markdown, which language models send, are passed over in all languages.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from myna.providers.local.english import Change, Reader
from myna.providers.local.numerals import number, speaks_numbers
from myna.speech.languages import normalize_tag, primary

_WORTH_A_LOOK = re.compile(r"[0-9&+=<>×@%№*_`~#|•\]]")
_MARKDOWN = re.compile(
    r"\*{2,}|\*(?=[^\s*0-9])|(?<=[^\s*0-9])\*|(?<![^\W_])_+(?=[^\W_])|(?<=[^\W_])_+(?![^\W_])|`+|~~"
    r"|(?:(?<=\n)|\A)(?:#{1,6}|[*•])\s|\]\(https?:[^)\s]*\)|(?P<column>\|)"
)
_PLAIN_NUMBER = re.compile(
    r"(?<![\w.,:/'’-])[0-9]{1,15}(?![\w%°€$£/]|[.,:'’-]\w|\s?[%°€$£]|\s[0-9]{3}\b|\.\s)"
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """Text as it is spoken.

    Attributes:
        text: what the engine reads.
        changes: where it differs from what was written: start and end there, start and end here; in order.
    """

    text: str
    changes: tuple[tuple[int, int, int, int], ...] = ()

    def written(self, start: int, end: int) -> tuple[int, int]:
        """The written text that `text[start:end]` stands for; all of a number for any word of it."""
        if not self.changes:
            return start, end
        return self._back(start, at_end=False), self._back(end, at_end=True)

    def spoken(self, position: int) -> int:
        """Where the written character at `position`, itself unchanged, is in `text`."""
        shift = 0
        for _, end, _, there in self.changes:
            if end > position:
                break
            shift = there - end
        return position + shift

    def _back(self, position: int, *, at_end: bool) -> int:
        index = bisect_right(self.changes, position - at_end, key=lambda change: change[2]) - 1
        if index < 0:
            return position
        start, end, here, there = self.changes[index]
        if here <= position - at_end < there:
            return end if at_end else start
        return max(end, position - there + end)


def normalize(
    text: str,
    *,
    language: str,
    mode: str = "auto",
    protected: Iterable[tuple[int, int]] = (),
    given: Sequence[Change] = (),
) -> Spoken:
    """Put `text` into words.

    Args:
        text: plain text.
        language: BCP-47 tag of it.
        mode: "auto", "off", or the tag of a locale whose rules hold instead of the language's.
        protected: spans (start, end) that stay as they are.
        given: what is read instead in any case: start, end, words; in order.
    """
    found = list(given)
    if mode != "off" and _WORTH_A_LOOK.search(text):
        kept = (*protected, *((start, end) for start, end, _ in given))
        found = sorted((*found, *_changes(text, language if mode == "auto" else mode, kept)))
    if not found:
        return Spoken(text)
    parts, changes, done, length = [], [], 0, 0
    for start, end, words in found:
        between = text[done:start]
        parts += [between, words]
        length += len(between)
        changes.append((start, end, length, length + len(words)))
        length += len(words)
        done = end
    return Spoken("".join([*parts, text[done:]]), tuple(changes))


def _changes(text: str, locale: str, protected: tuple[tuple[int, int], ...]) -> Iterator[Change]:
    read = _reader(locale).changes(text) if primary(locale) == "en" else _plain_numbers(text, locale)
    skipped = ((mark.start(), mark.end(), " " if mark["column"] else "") for mark in _MARKDOWN.finditer(text))
    done = 0
    for start, end, words in sorted((*skipped, *read)):
        if start >= done and not any(start < last and first < end for first, last in protected):
            yield start, end, words
            done = end


def _plain_numbers(text: str, locale: str) -> Iterator[Change]:
    if not speaks_numbers(locale):
        return
    for found in _PLAIN_NUMBER.finditer(text):
        digits = found[0]
        words = number(int(digits), locale) if digits[0] != "0" or digits == "0" else None
        if words:
            yield found.start(), found.end(), words


@lru_cache(maxsize=16)
def _reader(locale: str) -> Reader:
    return Reader(normalize_tag(locale))
