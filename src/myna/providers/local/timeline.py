"""When each word and sound of a stream is heard, from the times of its engine calls.

Words are the user's own: runs of characters between spaces with their punctuation, so that joining them with
spaces gives the transcript without its markup. In scripts without spaces between words they are single
characters with what clings to them (marks, punctuation, spaces), and whole Latin words and numbers: there,
joining them with nothing gives the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from myna.engines.protocols import Phoneme, Word
from myna.providers.local.clauses import joined
from myna.providers.local.normalization import Spoken
from myna.speech.events import PhonemeTimes, WordTimes

_SPACED = re.compile(r"\S+")
_RUN = re.compile(r"[0-9A-Za-zÀ-ɏ]+(?:[.,:'’-][0-9A-Za-zÀ-ɏ]+)*")
_DIGITS = 4
"""Decimals of a time: a tenth of a millisecond is finer than one sample at 8 kHz."""


def spaced_words(text: str) -> list[tuple[int, int]]:
    """Start and end of each run between spaces."""
    return [found.span() for found in _SPACED.finditer(text)]


def unspaced_words(text: str) -> list[tuple[int, int]]:
    """Start and end of each character or Latin word with what clings to it; together they are the text."""
    words: list[tuple[int, int]] = []
    start = position = 0
    sounding = False
    while position < len(text):
        run = _RUN.match(text, position)
        end = run.end() if run else position + 1
        sounds = text[position].isalnum()
        if sounds and sounding and not joined(text[position - 1], text[position]):
            words.append((start, position))
            start = position
        sounding = sounding or sounds
        position = end
    if start < position:
        words.append((start, position))
    return words


class Timeline:
    """Carries times from engine call to engine call, so that they never go back."""

    def __init__(self, *, unspaced: bool, normalized: bool) -> None:
        """Words as spoken where `normalized`, else as written; `unspaced` for scripts without spaces."""
        self._split = unspaced_words if unspaced else spaced_words
        self._normalized = normalized
        self._start = self._end = 0.0
        self._phoneme = 0.0

    def words(
        self,
        written: str,
        spoken: Spoken,
        lead: int,
        heard: Iterable[Word],
        span: tuple[float, float],
        *,
        cut: bool = False,
    ) -> WordTimes | None:
        """Times of the words of one engine call, None where it has none.

        Args:
            written: the text of the segment.
            spoken: the same as the engine was to read it.
            lead: how many characters of `spoken.text` were not given to the engine at its start.
            heard: what the engine reported, in its own seconds, in order.
            span: start and end of its audio in seconds of the stream.
            cut: whether the audio was cut: words that were not heard whole are left out.
        """
        text = spoken.text if self._normalized else written
        tokens = self._split(text)
        times: list[tuple[float, float] | None] = [None] * len(tokens)
        first = 0
        for word in heard:
            start, end = word.text_start + lead, word.text_end + lead
            if not self._normalized:
                start, end = spoken.written(start, end)
            while first < len(tokens) and tokens[first][1] <= start:
                first += 1
            index = first
            while index < len(tokens) and tokens[index][0] < end:
                times[index] = _merged(times[index], _share(tokens[index], (start, end), word))
                index += 1
        while cut and times and times[-1] is None:
            times.pop()
        del tokens[len(times) :]
        if not tokens:
            return None
        starts, ends = self._placed(times, span)
        return WordTimes(tuple(text[start:end] for start, end in tokens), starts, ends)

    def phonemes(self, heard: Sequence[Phoneme], span: tuple[float, float]) -> PhonemeTimes | None:
        """Times of the sounds of one engine call, None where it has none."""
        symbols, starts, ends = [], [], []
        for phoneme in heard:
            if phoneme.ipa:
                start = min(max(span[0] + phoneme.start, self._phoneme), span[1])
                self._phoneme = max(min(span[0] + phoneme.end, span[1]), start)
                symbols.append(phoneme.ipa)
                starts.append(round(start, _DIGITS))
                ends.append(round(self._phoneme, _DIGITS))
        return PhonemeTimes(tuple(symbols), tuple(starts), tuple(ends)) if symbols else None

    def _placed(
        self, times: Sequence[tuple[float, float] | None], span: tuple[float, float]
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Times of the stream: in order, within `span`, and none missing."""
        starts, ends = [], []
        for time in times:
            start, end = (span[0] + time[0], span[0] + time[1]) if time else (self._end, self._end)
            self._start = max(self._start, min(max(start, span[0]), span[1]))
            self._end = max(self._start, self._end, min(end, span[1]))
            starts.append(round(self._start, _DIGITS))
            ends.append(round(self._end, _DIGITS))
        return tuple(starts), tuple(ends)


def _share(token: tuple[int, int], span: tuple[int, int], word: Word) -> tuple[float, float]:
    """The part of the word's time that the part of `span` inside `token` takes."""
    length = max(span[1] - span[0], 1)
    pace = (word.end - word.start) / length
    return (
        word.start + pace * (max(token[0], span[0]) - span[0]),
        word.start + pace * (min(token[1], span[1]) - span[0]),
    )


def _merged(one: tuple[float, float] | None, other: tuple[float, float]) -> tuple[float, float]:
    return (min(one[0], other[0]), max(one[1], other[1])) if one else other
