"""Subtitles from word times: readable cues, written as SubRip (`.srt`) or WebVTT (`.vtt`)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from myna.speech.listening import TimedWord

LINE_WIDTH = 42
"""Columns of one line; East Asian characters take two."""
CUE_WIDTH = 2 * LINE_WIDTH
LONGEST = 6.0
"""Seconds after which a cue ends at the next word."""
SHORTEST = 1.0
"""Seconds for which a cue stays on the screen, where the next one leaves room."""
PAUSE = 0.7
"""Seconds of silence that end a cue."""

_SENTENCE_ENDS = ".!?…。!?।॥؟۔"
_CLAUSE_ENDS = ",;:、,;:،؛—–"
_CLOSING = "\"'”’»)]」』】"
_UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x3000, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xFF00, 0xFF65),
    (0x20000, 0x3FFFF),
)
"""Thai, Lao, Japanese and Chinese: written without spaces between words."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One or two lines shown from `start` to `end` seconds."""

    start: float
    end: float
    lines: tuple[str, ...]


def cues(words: Iterable[TimedWord]) -> list[Cue]:
    """Divide words into cues: at sentences and pauses, at clauses when a cue is more than half full.

    Punctuation is part of the words. Cues follow each other without overlap, and every word is in exactly
    one of them.
    """
    groups: list[list[TimedWord]] = []
    for word in words:
        if groups and not _ends(groups[-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    made: list[Cue] = []
    for index, group in enumerate(groups):
        start = max(group[0].start, made[-1].end if made else 0.0)
        limit = groups[index + 1][0].start if index + 1 < len(groups) else float("inf")
        end = max(start, group[-1].end, min(start + SHORTEST, limit))
        made.append(Cue(start, end, _lines([word.text for word in group])))
    return made


def srt(made: Sequence[Cue]) -> str:
    """The cues as a SubRip file."""
    blocks = (
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n" + "\n".join(cue.lines) + "\n"
        for number, cue in enumerate(made, 1)
    )
    return "\n".join(blocks)


def vtt(made: Sequence[Cue]) -> str:
    """The cues as a WebVTT file."""
    escape = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
    blocks = (
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n"
        + "\n".join(cue.lines).translate(escape)
        + "\n"
        for cue in made
    )
    return "\n".join(("WEBVTT\n", *blocks))


WRITERS = {".srt": srt, ".vtt": vtt}
"""How to write cues, by the extension of the file."""


def _ends(group: list[TimedWord], following: TimedWord) -> bool:
    """Whether the cue `group` is over before the word `following`."""
    last = group[-1]
    text = last.text.rstrip(_CLOSING)
    filled = _width(_join([word.text for word in group]))
    return (
        text.endswith(tuple(_SENTENCE_ENDS))
        or following.start - last.end > PAUSE
        or following.end - group[0].start > LONGEST
        or filled + _width(following.text) + 1 > CUE_WIDTH
        or (filled > CUE_WIDTH * 0.5 and text.endswith(tuple(_CLAUSE_ENDS)))
        or len(_lines([*(word.text for word in group), following.text])) > 2
    )


def _lines(words: Sequence[str]) -> tuple[str, ...]:
    """Words in as few lines as hold them, the last two of about equal length."""
    whole = _join(words)
    if _width(whole) <= LINE_WIDTH:
        return (whole,)
    fits = [i for i in range(1, len(words)) if _width(_join(words[:i])) <= LINE_WIDTH]
    if not fits:
        return (words[0], *_lines(words[1:])) if len(words) > 1 else (whole,)
    halves = [i for i in fits if _width(_join(words[i:])) <= LINE_WIDTH]
    if not halves:
        return (_join(words[: fits[-1]]), *_lines(words[fits[-1] :]))
    best = min(halves, key=lambda i: abs(_width(_join(words[:i])) - _width(_join(words[i:]))))
    return (_join(words[:best]), _join(words[best:]))


def _join(words: Sequence[str]) -> str:
    text = ""
    for word in words:
        spaced = text and word and not (_unspaced(text[-1]) or _unspaced(word[0]))
        text += f" {word}" if spaced else word
    return text


def _unspaced(char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in _UNSPACED)


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def _clock(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02}{point}{milliseconds % 1000:03}"
