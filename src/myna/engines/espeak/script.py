"""What eSpeak NG is given to read, and which character of the utterance each of its characters stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from myna.engines.espeak import japanese
from myna.engines.protocols import Utterance

_UNREADABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u0530\u0557\ud800-\udfff\ufffe\uffff]")
"""Control characters and code points that the library takes for commands, and NUL for the end."""
_ENDS = re.compile(r"[.,;:!?…،؛؟।。、，；：？！][\"'”’»)\]}」』】\s]*$")
_SPELLABLE = re.compile(r"(?P<named>(?:[^\W_]|[!-~])+)|(?:(?![!-~])[\W_])+")
"""Letters, digits and ASCII signs; the library fails on the names of other signs in some languages."""
_SPELL, _READ = "\x0118Y", "\x010Y"
"""Commands inside the text: read character by character from here, and read as usual from here."""


@dataclass(frozen=True, slots=True)
class Script:
    """Text for the library.

    Attributes:
        text: what it reads.
        phonemes: whether `[[…]]` in it holds mnemonics.
        origin: for each character of `text` the index of its character in the utterance; None where they
            agree.
    """

    text: str
    phonemes: bool = False
    origin: Sequence[int] | None = None

    def position(self, index: int) -> int:
        """The index in the utterance of character `index` of `text`."""
        if self.origin is None:
            return index
        return self.origin[min(index, len(self.origin) - 1)] if self.origin else 0


def write(utterance: Utterance, voice: str, mnemonics: Callable[[str], str]) -> Script:
    """Write the script of an utterance.

    Args:
        utterance: what is to be said.
        voice: who reads it.
        mnemonics: turns IPA into mnemonics of the voice; empty where it cannot.
    """
    text = _UNREADABLE.sub(" ", utterance.text)
    comma = "," if utterance.continues and not _ENDS.search(text) else ""
    kanji = voice == "ja" and japanese.needed(text)
    if not (utterance.phonemes or utterance.spelled or kanji):
        return Script(text.rstrip() + comma if comma else text)
    draft = _Draft(text, kanji=kanji)
    done = 0
    for start, end, ipa in _spans(utterance):
        if start < done or end > len(text):
            continue
        draft.read(done, start)
        if ipa is None:
            draft.spell(start, end)
        elif written := mnemonics(ipa):
            draft.add(f"[[{written}]]", start, end)
        else:
            draft.read(start, end)
        done = end
    draft.read(done, len(text))
    return Script("".join(draft.parts).rstrip() + comma, True, draft.origin)


class _Draft:
    """A script in the making."""

    def __init__(self, text: str, *, kanji: bool) -> None:
        self._text = text
        self._kanji = kanji
        self.parts: list[str] = []
        self.origin: list[int] = []

    def add(self, written: str, start: int, end: int) -> None:
        """Write something that stands for a stretch of the text."""
        self.parts.append(written)
        exact = len(written) == end - start
        self.origin.extend(range(start, end) if exact else [start] * len(written))

    def read(self, start: int, end: int) -> None:
        """Write a stretch as it is to be read."""
        phrases = japanese.phrases(self._text[start:end]) if self._kanji else []
        for phrase in phrases:
            self.add(_plain(phrase.kana) + " ", start + phrase.start, start + phrase.start)
        if not phrases:
            self.add(_plain(self._text[start:end]), start, end)

    def spell(self, start: int, end: int) -> None:
        """Write a stretch to be read character by character."""
        for run in _SPELLABLE.finditer(self._text, start, end):
            before, after = (_SPELL + " ", " " + _READ) if run["named"] else (" ", " ")
            self.add(before, run.start(), run.start())
            self.add(_plain(run[0]), *run.span())
            # The library dates what follows a command from the command.
            self.add(after, run.end(), run.end())


def _spans(utterance: Utterance) -> list[tuple[int, int, str | None]]:
    spans: list[tuple[int, int, str | None]] = [(s.start, s.end, s.ipa) for s in utterance.phonemes]
    spans += [(start, end, None) for start, end in utterance.spelled]
    return sorted(spans, key=lambda span: span[:2])


def _plain(text: str) -> str:
    """Text without what would begin phonemes."""
    return text.replace("[[", "[ ")
