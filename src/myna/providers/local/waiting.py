"""Text that waits to be spoken in one manner."""

from __future__ import annotations

from collections import deque

from myna.engines.protocols import PhonemeSpan
from myna.speech.requests import Delivery

_SLICE = 1024
_SAME_TIME = 0.01


class Stretch:
    """A run of text with one delivery, taken from the front as it grows at the end.

    Attributes:
        delivery: how it is said.
        sealed: no more text is added.
        follows: what stands behind it once sealed, None for text said in another way.
        before: the last character that was taken.
    """

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.sealed = False
        self.follows: object = None
        self._head = ""
        self._tail: deque[str] = deque()
        self._begin = 0
        self._end = 0
        self._arrivals: deque[tuple[int, float]] = deque()
        self._spelled: deque[tuple[int, int]] = deque()
        self._phonemes: deque[PhonemeSpan] = deque()
        self.before = ""

    def __len__(self) -> int:
        return self._end - self._begin

    @property
    def oldest(self) -> float:
        """When the first of the waiting characters came; only where there are some."""
        return self._arrivals[0][1]

    def append(self, text: str, now: float, *, spelled: bool = False, ipa: str | None = None) -> None:
        """Add text that came at `now`, marked as spelled or as pronounced like `ipa`."""
        if not text:
            return
        start, self._end = self._end, self._end + len(text)
        self._tail.extend(text[at : at + _SLICE] for at in range(0, len(text), _SLICE))
        if self._arrivals and now - self._arrivals[-1][1] < _SAME_TIME:
            now = self._arrivals.pop()[1]
        self._arrivals.append((self._end, now))
        if spelled:
            if self._spelled and self._spelled[-1][1] == start:
                start = self._spelled.pop()[0]
            self._spelled.append((start, self._end))
        if ipa is not None:
            self._phonemes.append(PhonemeSpan(start, self._end, ipa))

    def window(self, most: int) -> str:
        """The first `most` characters or a few more, fewer where there are not so many."""
        if len(self._head) < most and self._tail:
            parts, size = [self._head], len(self._head)
            while size < most and self._tail:
                parts.append(self._tail.popleft())
                size += len(parts[-1])
            self._head = "".join(parts)
        return self._head[:most]

    def plain(self, most: int) -> str:
        """`window`, with U+FFFC for each character that is spelled or said in a given way."""
        text, base = self.window(most), self._begin
        spans = [*self._spelled, *((span.start, span.end) for span in self._phonemes)]
        if not spans:
            return text
        blotted = list(text)
        for start, end in spans:
            for place in range(max(start - base, 0), min(end - base, len(text))):
                blotted[place] = "\ufffc"
        return "".join(blotted)

    def outside_phonemes(self, count: int) -> int:
        """The place nearest before `count` (behind it, where that is the start) not inside a given word."""
        position = self._begin + count
        for span in self._phonemes:
            if span.start < position < span.end:
                return (span.start if span.start > self._begin else span.end) - self._begin
        return count

    def drop(self, count: int) -> tuple[str, tuple[tuple[int, int], ...], tuple[PhonemeSpan, ...]]:
        """Take `count` characters off the front.

        Returns:
            The text, and the spans in it that are spelled and that are pronounced in a given way.
        """
        text, base = self.window(count)[:count], self._begin
        self._head = self._head[count:]
        self.before = text[-1:] or self.before
        self._begin += count
        while self._arrivals and self._arrivals[0][0] <= self._begin:
            self._arrivals.popleft()
        spelled = []
        while self._spelled and self._spelled[0][0] < self._begin:
            start, end = self._spelled.popleft()
            spelled.append((start - base, min(end - base, count)))
            if end > self._begin:
                self._spelled.appendleft((self._begin, end))
                break
        phonemes = []
        while self._phonemes and self._phonemes[0].end <= self._begin:
            span = self._phonemes.popleft()
            phonemes.append(PhonemeSpan(span.start - base, span.end - base, span.ipa))
        return text, tuple(spelled), tuple(phonemes)
