"""Words that are likely to be said: how they sound, and how they are told again as they were written."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, product

from myna.engines.sphinx.pronouncing import Lookup, plain, pronunciations
from myna.speech.listening import TimedWord

_MOST_WAYS = 4
_MOST_WORDS = 6
"""Of one term."""


@dataclass(frozen=True, slots=True)
class Term:
    """A keyterm as one word of the decoder.

    Attributes:
        token: the name of that word; no word of a language.
        written: its words as they were given.
        ways: the phones of each way to say it.
        shares: phones of each of the words.
    """

    token: str
    written: tuple[str, ...]
    ways: tuple[str, ...]
    shares: tuple[int, ...]

    def told(self, start: float, end: float) -> list[TimedWord]:
        """Its words, where the whole sounds from `start` to `end`; each takes its share of the time."""
        total, before, words = sum(self.shares), 0, []
        for word, share in zip(self.written, self.shares, strict=True):
            times = (start + (end - start) * part / total for part in (before, before + share))
            words.append(TimedWord(word, *times))
            before += share
        return words


def terms(keyterms: tuple[str, ...], lookup: Lookup) -> list[Term]:
    """The terms that can be said; what has no letters is left out."""
    found: dict[str, Term] = {}
    for keyterm in keyterms:
        written = tuple(word for word in keyterm.split() if plain(word))[:_MOST_WORDS]
        sounds = [pronunciations(word, lookup) for word in written]
        name = " ".join(map(plain, written))
        if not written or not all(sounds) or name in found:
            continue
        ways = tuple(" ".join(way) for way in islice(product(*sounds), _MOST_WAYS))
        shares = tuple(len(sound[0].split()) for sound in sounds)
        found[name] = Term(f"~{len(found)}", written, ways, shares)
    return list(found.values())
