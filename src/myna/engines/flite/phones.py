"""Between IPA and the phones of the American English lexicon."""

from __future__ import annotations

_IPA = {
    "aa": "ɑ", "ae": "æ", "ah": "ʌ", "ao": "ɔ", "aw": "aʊ", "ax": "ə", "ay": "aɪ", "b": "b", "ch": "tʃ",
    "d": "d", "dh": "ð", "eh": "ɛ", "er": "ɝ", "ey": "eɪ", "f": "f", "g": "ɡ", "hh": "h", "ih": "ɪ",
    "iy": "i", "jh": "dʒ", "k": "k", "l": "l", "m": "m", "n": "n", "ng": "ŋ", "ow": "oʊ", "oy": "ɔɪ",
    "p": "p", "r": "ɹ", "s": "s", "sh": "ʃ", "t": "t", "th": "θ", "uh": "ʊ", "uw": "u", "v": "v", "w": "w",
    "y": "j", "z": "z", "zh": "ʒ",
}  # fmt: skip

_OTHERS = {
    "a": "aa", "ai": "ay", "au": "aw", "aː": "aa", "ɐ": "ah", "ɑː": "aa", "ɒ": "aa", "ɔː": "ao", "o": "ow",
    "oː": "ow", "əʊ": "ow", "ou": "ow", "e": "eh", "ei": "ey", "eː": "ey", "ɛː": "eh", "eə": "eh",
    "ɪə": "ih", "ʊə": "uh", "iː": "iy", "uː": "uw", "y": "uw", "ʏ": "uh", "ø": "er", "œ": "er", "ɜ": "er",
    "ɜː": "er", "ɚ": "er", "ɝː": "er", "ɨ": "ih", "ʉ": "uw", "ɯ": "uw", "ɤ": "ah", "ɵ": "uh", "ɔi": "oy",
    "oi": "oy", "ɘ": "ax", "æː": "ae", "ʌː": "ah", "r": "r", "ɾ": "d", "ʁ": "r", "ʀ": "r", "ɻ": "r",
    "g": "g", "x": "k", "χ": "k", "ɣ": "g", "ç": "hh", "ʔ": "t", "β": "v", "ʋ": "v", "ɸ": "f", "ɬ": "l",
    "ɫ": "l", "ʎ": "l", "ɭ": "l", "ɲ": "n", "ɳ": "n", "ɱ": "m", "ʂ": "sh", "ɕ": "sh", "ʐ": "zh", "ʑ": "zh",
    "ts": "s", "dz": "z", "ʧ": "ch", "ʤ": "jh", "tɕ": "ch", "dʑ": "jh", "c": "k", "ɟ": "g", "q": "k",
    "ħ": "hh", "ʍ": "w", "ɦ": "hh", "ʈ": "t", "ɖ": "d", "ɥ": "y", "n̩": "n", "l̩": "l",
}  # fmt: skip
"""Other symbols and the phone that is nearest."""

_PHONES = {symbol: phone for phone, symbol in _IPA.items()} | _OTHERS
_LONGEST = max(map(len, _PHONES))
_VOWELS = frozenset("aa ae ah ao aw ax ay eh er ey ih iy ow oy uh uw".split())


def ipa(phone: str) -> str:
    """The IPA symbol of a phone; empty for a pause."""
    return _IPA.get(phone, "")


def phones(symbols: str) -> list[str]:
    """The phones nearest to a word in IPA, its vowels marked for stress; unknown symbols are left out."""
    result: list[str] = []
    stressed = "ˈ" not in symbols
    index = 0
    while index < len(symbols):
        if symbols[index] == "ˈ":
            stressed = True
        for length in range(_LONGEST, 0, -1):
            phone = _PHONES.get(symbols[index : index + length])
            if phone is not None:
                break
        if phone is None:
            index += 1
            continue
        index += length
        if phone == "ax":
            phone = "ax0"
        elif phone in _VOWELS:
            phone, stressed = f"{phone}{int(stressed)}", False
        result.append(phone)
    return result
