"""The text of a turn, which only grows: words are added once they will not be revised."""

from __future__ import annotations

from collections.abc import Sequence

from myna.engines.hearing.ear import between
from myna.speech.listening import TimedWord

SETTLED_SECONDS = 3.0
"""How long ago a word must have ended to be taken without a second look: sooner costs words, with 1.5 s a
quarter more of them are wrong at the end of a turn."""
_SAME = 0.5
"""Share of a word that lies in another of the same text if both are one."""


class Growth:
    """The words of a turn so far.

    A recogniser takes back what it streamed while the words go on; what is old it leaves. Words of a segment
    that are old are taken as they streamed, the others from the second look, behind those taken.

    Args:
        language: what is spoken, where known; else it is as the recogniser tells of each segment.

    Attributes:
        words: so far.
        text: the same; with a leading space where text came before the turn.
    """

    def __init__(self, language: str | None, settled: float = SETTLED_SECONDS) -> None:
        self.words: list[TimedWord] = []
        self.text = ""
        self._settled = settled
        self._before = False
        self._asked = language
        self._between = between(language)
        self._until = -1.0
        self._seen: tuple[TimedWord, ...] = ()

    def turn(self) -> tuple[TimedWord, ...]:
        """The turn is over: its words; the next one begins."""
        words = tuple(self.words)
        self._before |= bool(words)
        self.words, self.text = [], ""
        return words

    def stream(self, words: tuple[TimedWord, ...], now: float) -> bool:
        """Take what is old of the words of the open segment as they stream; whether the text grew."""
        seen, self._seen = self._seen, words
        same = 0
        for old, new in zip(seen, words[:-1], strict=False):
            if old.text != new.text or new.end > now - self._settled:
                break
            same += 1
        return self._take(words[:same])

    def close(self, words: Sequence[TimedWord], language: str | None = None) -> bool:
        """The segment is over, with these words in this language; whether the text grew."""
        self._seen = ()
        self._between = between(self._asked or language)
        return self._take(words)

    def _take(self, words: Sequence[TimedWord]) -> bool:
        """Add the words behind those taken."""
        new = [word for word in words if (word.start + word.end) / 2 >= self._until]
        if new and self.words and _same(self.words[-1], new[0]):
            new = new[1:]
        if not new:
            return False
        text = self._between.join(word.text for word in new)
        lead = self._between if self.words or self._before else ""
        self.words += new
        self.text += lead + text
        self._until = new[-1].end
        return True


def _same(taken: TimedWord, word: TimedWord) -> bool:
    overlap = min(taken.end, word.end) - max(taken.start, word.start)
    shorter = min(taken.end - taken.start, word.end - word.start)
    return taken.text == word.text and shorter > 0 and overlap >= _SAME * shorter
