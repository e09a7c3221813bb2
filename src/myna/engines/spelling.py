"""English names of single characters, for reading a text letter by letter and for what has no sound."""

from __future__ import annotations

import unicodedata

_LETTERS = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        (
            "ay bee see dee ee eff jee aitch eye jay kay el em en oh pee cue are ess tee you vee "
            "double-you ex why zee"
        ).split(),
        strict=True,
    )
)
_DIGITS = dict(zip("0123456789", "zero one two three four five six seven eight nine".split(), strict=True))
_MARKS = {
    "-": "dash", "–": "dash", "—": "dash", ".": "dot", ",": "comma", ":": "colon", ";": "semicolon",
    "!": "exclamation mark", "?": "question mark", "/": "slash", "\\": "backslash", "@": "at", "#": "hash",
    "&": "and", "%": "percent", "+": "plus", "=": "equals", "*": "asterisk", "_": "underscore",
    "'": "apostrophe", "’": "apostrophe", '"': "quote", "(": "open paren", ")": "close paren",
    "[": "open bracket", "]": "close bracket", "{": "open brace", "}": "close brace", "<": "less than",
    ">": "greater than", "|": "vertical bar", "~": "tilde", "^": "caret", "`": "backtick", "$": "dollar",
    "€": "euro", "£": "pound", "¥": "yen", "°": "degrees", "§": "section", "©": "copyright",
    "®": "registered", "™": "trademark", "×": "times", "÷": "divided by", "±": "plus minus", "µ": "micro",
    "½": "one half", "¼": "one quarter", "¾": "three quarters", "¢": "cents", "₹": "rupees", "₽": "roubles",
    "₩": "won", "•": "bullet", "…": "dots",
}  # fmt: skip


def mark_name(character: str) -> str:
    """The name of a symbol in running text; empty where it has none that is worth saying."""
    return _MARKS.get(character, "")


def spell(character: str) -> str:
    """What to say for one character; empty for white space and what has no name."""
    plain = unicodedata.normalize("NFKD", character)[:1].lower()
    name = _LETTERS.get(plain) or _DIGITS.get(plain) or _MARKS.get(character) or _MARKS.get(plain)
    if name is not None:
        return name
    if character.isspace() or not character.isprintable():
        return ""
    words = unicodedata.name(character, "").lower().split()
    return words[-1] if "letter" in words else " ".join(words[:4])
