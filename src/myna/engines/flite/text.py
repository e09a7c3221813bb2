"""What Flite is given to read: plain ASCII, clause by clause, and where each character of it comes from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from myna.engines.flite.phones import phones
from myna.engines.protocols import Utterance
from myna.engines.spelling import mark_name, spell

_PLAIN = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‹": "'",
    "›": "'", "–": ", ", "—": ", ", "―": ", ", "…": "...", "‐": "-", "‑": "-", "−": "-", "¡": "", "¿": "",
    "·": " ", "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
    "ð": "th", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L", "ı": "i", "。": ". ", "，": ", ", "、": ", ",
    "！": "! ", "？": "? ", "；": "; ", "：": ": ", "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "",
    "\ufeff": "",
}  # fmt: skip
_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d ye yo zh z ee y k l m n o p r s t oo f kh ts ch sh shch - i - e yoo ya".split(),
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        "a v g d e z i th i k l m n x o p r s s t i f h ps o".split(),
        strict=True,
    )
)
_WIDEST = 240
"""Characters above which a clause is broken between two words."""
_LONGEST_WORD = 40
"""Characters above which a word is broken: the time that the library takes grows with their square."""
_CONSONANTS, _VOWELS = "bdfgklmnprst", "aeiou"
_CURRENCIES = {"£": "pounds", "€": "euros", "¥": "yen", "₹": "rupees", "₩": "won", "₽": "roubles"}
_AMOUNT = re.compile(r"([£€¥₹₩₽]) ?(\d[\d,]*(?:\.\d+)?)")
_LONG = 100
"""Characters of a clause above which a sentence is broken at its commas."""
_SENTENCE = re.compile(r"[.!?]+[\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9])")
_CLAUSE = re.compile(r"[,;:]\s+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|[Dd]r|[Mm]rs?|[Mm]s|[Ss]t|[Pp]rof|[Nn]o|[Vv]s|[Jj]r|[Ss]r)\.\s+$"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """Text for the library.

    Attributes:
        text: ASCII.
        origin: for each character of `text` the index of the character of the utterance it stands for.
        lexicon: phones of the made-up words in `text` that stand for pronunciations given in IPA.
    """

    text: str
    origin: list[int]
    lexicon: dict[str, list[str]]

    def place(self, behind: int) -> int:
        """The character of the utterance where the token begins that ends before character `behind`."""
        index = min(behind, len(self.text)) - 1
        while index > 0 and self.text[index].isspace():
            index -= 1
        return self.origin[index] if self.origin else 0

    def clauses(self) -> Iterator[tuple[int, int]]:
        """Start and end of the pieces to be spoken one after the other."""
        start = 0
        for match in _SENTENCE.finditer(self.text):
            if not _ABBREVIATION.search(self.text, start, match.end()):
                yield from self._shorter(start, match.end())
                start = match.end()
        yield from self._shorter(start, len(self.text))

    def _shorter(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        if end - start > _LONG:
            for match in _CLAUSE.finditer(self.text, start + _LONG // 3, end):
                if match.end() - start >= _LONG // 3 and end - match.end() >= _LONG // 5:
                    yield from self._shortest(start, match.end())
                    start = match.end()
        yield from self._shortest(start, end)

    def _shortest(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        while end - start > _WIDEST:
            middle = self.text.rfind(" ", start + _LONG, start + _WIDEST - _LONG // 2) + 1
            if not middle:
                break
            yield start, middle
            start = middle
        if start < end:
            yield start, end


def read(utterance: Utterance) -> Reading:
    """Write an utterance in the characters that Flite can read."""
    text: list[str] = []
    origin: list[int] = []
    lexicon: dict[str, list[str]] = {}
    special: dict[int, tuple[int, str]] = {}
    for span in utterance.phonemes:
        if span.start < span.end and (sounds := phones(span.ipa)):
            word = "myna" + _syllables(len(lexicon))
            lexicon[word] = sounds
            special[span.start] = (span.end, f" {word} ")
    for start, end in utterance.spelled:
        for index in range(start, end):
            name = spell(utterance.text[index])
            special[index] = (index + 1, f" {name}, " if index + 1 < end else f" {name} ")
    for match in _AMOUNT.finditer(utterance.text):
        if match.start() not in special:
            special[match.start()] = (match.end(), f"{match[2]} {_CURRENCIES[match[1]]} ")
    index = unbroken = 0
    while index < len(utterance.text):
        end, written = special.get(index) or (index + 1, _write(utterance.text, index))
        unbroken = 0 if " " in written else unbroken + len(written)
        if unbroken > _LONGEST_WORD:
            written, unbroken = written + " ", 0
        text.append(written)
        origin.extend([index] * len(written))
        index = max(end, index + 1)
    return Reading("".join(text), origin, lexicon)


def _syllables(number: int) -> str:
    """An ending that makes a word which the library takes for one, not for letters."""
    rest, vowel = divmod(number, len(_VOWELS))
    more, consonant = divmod(rest, len(_CONSONANTS))
    return (_syllables(more - 1) if more else "") + _CONSONANTS[consonant] + _VOWELS[vowel]


def _write(text: str, index: int) -> str:
    character = text[index]
    if " " <= character <= "~":
        return character
    if character in _PLAIN:
        return _PLAIN[character]
    if character.isspace() or not character.isprintable():
        return " "
    decomposed = unicodedata.normalize("NFKD", character)
    ascii_only = decomposed.encode("ascii", "ignore").decode()
    if ascii_only and not (mark_name(character) or character in "№"):
        return ascii_only
    if unicodedata.combining(character):
        return ""
    base = decomposed[0].lower()
    if base in _CYRILLIC:
        return _CYRILLIC[base].strip("-")
    if base in _GREEK:
        return _GREEK[base]
    if character.isalpha():
        return _sound(character)
    name = "number" if character == "№" else mark_name(character)
    return f" {name} " if name else " "


def _sound(letter: str) -> str:
    """About what a letter of another script stands for: the end of its name, as in `HIRAGANA LETTER KA`."""
    name = unicodedata.name(letter, "").lower()
    return name.rpartition(" ")[2] if "letter" in name or "syllable" in name else " "
