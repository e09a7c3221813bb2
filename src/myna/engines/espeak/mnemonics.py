"""From IPA to the mnemonics of eSpeak NG: the library itself says how each is written in IPA."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

from myna.engines.espeak.binding import SEPARATOR, Library

_TABLE = struct.Struct("<BBxx32s")
_PHONEME = struct.Struct("<4sIHBBBBBB")
_VOWEL = 2
_PAUSE_AND_STRESS = (0, 1)
_PRIMARY, _SECONDARY, _LONG = "ˈ", "ˌ", "ː"
_IGNORED = frozenset(" .|‿͜͡-'’")
_NEAREST = {
    "ɡ": "g", "g": "ɡ k", "ɹ": "r ɾ ʁ ɻ", "r": "ɹ ɾ ʁ ʀ", "ʁ": "r ʀ ɹ x", "ʀ": "ʁ r", "ɾ": "r ɹ d",
    "ɻ": "ɹ r", "ɒ": "ɔ ɑ a", "ɑ": "a ɒ ɐ ä", "a": "ɑ æ ä ɐ", "æ": "a ɛ", "ʌ": "ɐ a ə", "ɐ": "a ə ʌ",
    "ə": "ɐ ɛ e a", "ɜ": "ə ɛ œ", "ɝ": "ɜː ɜ ə", "ɚ": "ə", "ɪ": "i e", "ʊ": "u o", "ɔ": "o ɒ", "o": "ɔ o̞",
    "ɛ": "e æ", "e": "ɛ e̞", "i": "ɪ iː", "u": "ʊ uː ɯ", "y": "ʏ u i", "ʏ": "y ʊ", "ø": "œ e ə",
    "œ": "ø ɛ ə", "ɯ": "u ɨ", "ɨ": "i ɪ", "ʉ": "u y", "ɤ": "ʌ ə o", "θ": "s t", "ð": "z d", "ʃ": "ʂ ɕ s",
    "ʒ": "ʐ ʑ z", "ʂ": "ʃ s", "ɕ": "ʃ s", "ʐ": "ʒ z", "ʑ": "ʒ z", "ŋ": "n", "ɲ": "n", "ɳ": "n", "ɱ": "m",
    "x": "χ h k", "χ": "x h", "ɣ": "ɡ g", "ç": "x h ʃ", "h": "ɦ x", "ɦ": "h", "ħ": "h", "ʔ": "",
    "v": "ʋ w f", "ʋ": "v w", "w": "v u", "β": "v b", "ɸ": "f", "z": "s", "ʎ": "l j", "ɭ": "l", "ɫ": "l",
    "ɬ": "l", "ʍ": "w", "c": "k", "ɟ": "ɡ g", "q": "k", "ɥ": "w j", "j": "i", "p": "b", "b": "p", "d": "t",
    "k": "ɡ", "f": "v", "ʧ": "tʃ", "ʤ": "dʒ", "ː": "", "ˑ": "", "̃": "", "̩": "",
}  # fmt: skip
"""What to try, in this order, where a voice lacks a symbol."""


class Mnemonics:
    """The phonemes of the voice that is selected while this is made."""

    def __init__(self, library: Library, data: Path) -> None:
        """Ask `library` for the IPA of every mnemonic in the tables of the folder `data`."""
        self._written: dict[str, str] = {}
        self._vowels: set[str] = set()
        for mnemonic, vowel in _tables(data / "phontab"):
            symbol = _symbol(library, mnemonic, vowel=vowel)
            known = self._written.get(symbol)
            if symbol and (known is None or len(mnemonic) < len(known)):
                self._written[symbol] = mnemonic
                (self._vowels.add if vowel else self._vowels.discard)(symbol)
        self._longest = max(map(len, self._written), default=1)

    def of(self, ipa: str) -> str:
        """The mnemonics nearest to a word in IPA; unknown symbols are left out."""
        result: list[str] = []
        stress = "" if _PRIMARY in ipa else "'"
        index = 0
        while index < len(ipa):
            character = ipa[index]
            if character in (_PRIMARY, _SECONDARY):
                stress = "'" if character == _PRIMARY else ","
            symbol = self._match(ipa, index)
            index += len(symbol) or 1
            if not symbol and character not in _IGNORED:
                symbol = self._neighbour(character)
            if symbol:
                if symbol in self._vowels:
                    result.append(stress)
                    stress = ""
                result.append(self._written[symbol])
                result.append("|")  # keeps neighbours from being read as one mnemonic
        return "".join(result).rstrip("|")

    def _match(self, ipa: str, index: int) -> str:
        """The longest symbol of the voice that stands at `index`; a long vowel may be a neighbour's."""
        long = ipa[index : index + 2]
        if long.endswith(_LONG) and long not in self._written:
            for near in _NEAREST.get(long[0], "").split():
                if near + _LONG in self._written:
                    return near + _LONG
        for length in range(min(self._longest, len(ipa) - index), 0, -1):
            if ipa[index : index + length] in self._written:
                return ipa[index : index + length]
        return ""

    def _neighbour(self, symbol: str) -> str:
        for near in _NEAREST.get(symbol, "").split():
            if near in self._written:
                return near
        return ""


def _symbol(library: Library, mnemonic: str, *, vowel: bool) -> str:
    """A phoneme of the voice in IPA; empty where the voice takes the mnemonic for several or none.

    Consonants are asked for before a vowel, since some change at the end of a word.
    """
    parts = library.ipa_of(mnemonic if vowel else f"{mnemonic}|a").split(SEPARATOR)
    sounding = [part for part in parts if part]  # a tone is a part without a name
    return sounding[0].strip(_PRIMARY + _SECONDARY + " ") if len(sounding) == (1 if vowel else 2) else ""


@cache
def _tables(file: Path) -> tuple[tuple[str, bool], ...]:
    """Every mnemonic of every language, and whether it is a vowel."""
    data = file.read_bytes()
    offset, found = 4, dict[str, bool]()
    for _ in range(data[0]):
        count, _, _ = _TABLE.unpack_from(data, offset)
        offset += _TABLE.size
        for _ in range(count):
            raw, _, _, _, kind, *_ = _PHONEME.unpack_from(data, offset)
            offset += _PHONEME.size
            mnemonic = raw.rstrip(b"\0").decode("ascii", "ignore")
            if (
                kind not in _PAUSE_AND_STRESS
                and mnemonic
                and mnemonic[0].isalnum() | (mnemonic[0] in "@&*?^")
            ):
                found.setdefault(mnemonic, kind == _VOWEL)
    return tuple(found.items())
