"""How words are to be said instead of the engine's way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MAX_PRONUNCIATION = 100
"""Most characters of a pronunciation."""


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """`text` is said as `pronunciation`: a sounds-like spelling, or IPA as `<<k|æ|t>>`.

    Attributes:
        case_sensitive: True for the wire's rule: capitals must agree, except that an entry in lower case
            also stands for its form with a first capital; False for any capitals; None as the entry's
            author left it, which is the wire's rule.
    """

    text: str
    pronunciation: str
    case_sensitive: bool | None = None


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A pronunciation dictionary."""

    id: str
    name: str
    owner: str
    created_at: datetime
    description: str = ""
    items: tuple[Pronunciation, ...] = ()
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class DictionaryChanges:
    """What an update sets; None leaves it."""

    name: str | None = None
    description: str | None = None
    items: tuple[Pronunciation, ...] | None = None
    pinned: bool | None = None
