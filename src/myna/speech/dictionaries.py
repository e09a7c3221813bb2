"""How words are to be said instead of the engine's way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from myna.speech.errors import InvalidRequest

MAX_NAME = 256
"""Most characters of a dictionary's name."""
MAX_DESCRIPTION = 4096
"""Most characters of a dictionary's description."""
MAX_ITEMS = 2000
"""Most entries of a dictionary."""
MAX_PRONUNCIATION = 100
"""Most characters of an entry's text, and of its pronunciation."""


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


def check_name(name: str) -> None:
    """Refuse what no dictionary can be called.

    Raises:
        InvalidRequest: the name is empty or too long.
    """
    if not name.strip():
        raise InvalidRequest("name is empty; give the dictionary a name.")
    if len(name) > MAX_NAME:
        raise InvalidRequest(f"name has {len(name)} characters; use {MAX_NAME} at most.")


def check_description(description: str) -> None:
    """Refuse too long a description.

    Raises:
        InvalidRequest: it is.
    """
    if len(description) > MAX_DESCRIPTION:
        raise InvalidRequest(f"description has {len(description)} characters; use {MAX_DESCRIPTION} at most.")


def check_items(items: Sequence[Pronunciation]) -> None:
    """Refuse entries that cannot be followed, or too many.

    Raises:
        InvalidRequest: an entry without text or pronunciation, a long one, or too many of them.
    """
    if len(items) > MAX_ITEMS:
        raise InvalidRequest(f"items has {len(items)} entries; a dictionary holds {MAX_ITEMS} at most.")
    for place, item in enumerate(items):
        for field, value in (("text", item.text), ("pronunciation", item.pronunciation)):
            if not value.strip():
                raise InvalidRequest(f"items[{place}].{field} is empty; give both text and pronunciation.")
            if len(value) > MAX_PRONUNCIATION:
                raise InvalidRequest(
                    f"items[{place}].{field} has {len(value)} characters; use {MAX_PRONUNCIATION} at most."
                )
