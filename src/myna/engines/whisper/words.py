"""From Whisper's words, which carry their spaces, to timed ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from myna.speech.languages import is_unspaced
from myna.speech.listening import TimedWord


class Spoken(Protocol):
    """A word as faster-whisper has it; a leading space says that it is no part of the one before."""

    @property
    def word(self) -> str:
        """Its text."""
        ...

    @property
    def start(self) -> float:
        """When it begins, in seconds."""
        ...

    @property
    def end(self) -> float:
        """When it ends, in seconds."""
        ...


def _is_written(character: str) -> bool:
    return character.isprintable() and character != "\N{REPLACEMENT CHARACTER}"


def timed(spoken: Iterable[Spoken], code: str, seconds: float) -> tuple[TimedWord, ...]:
    """The words of a segment, in order and within it.

    What Whisper splits at a hyphen or a per cent sign becomes one word again. What is no word at all, such as
    a note of music, is left out, and so are characters that were cut in the middle.

    Args:
        spoken: what the model said.
        code: its language; some are written without spaces.
        seconds: length of the segment.
    """
    alone = is_unspaced(code)
    words: list[TimedWord] = []
    before = 0.0
    for one in spoken:
        start = round(min(max(float(one.start), before), seconds), 3)
        end = round(min(max(float(one.end), start), seconds), 3)
        text = "".join(filter(_is_written, one.word)).strip()
        if words and text and not alone and not one.word[0].isspace():
            last = words[-1]
            words[-1] = TimedWord(last.text + text, last.start, end)
        elif text:
            words.append(TimedWord(text, start, end))
        before = words[-1].start if words else 0.0
    return tuple(word for word in words if any(map(str.isalnum, word.text)))
