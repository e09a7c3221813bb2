"""API versions and what differs between them."""

from __future__ import annotations

import re
from bisect import bisect_right

from myna.speech.errors import InvalidRequest

VERSIONS = ("2024-06-10", "2024-11-13", "2025-04-16", "2025-11-04", "2026-03-01", "2026-08-14")
DEFAULT_VERSION = "2025-04-16"
LATEST_VERSION = VERSIONS[-1]

_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z")


def resolve(value: str | None) -> str:
    """The known version that serves `value`: the newest that is not later, the oldest for earlier dates.

    Raises:
        InvalidRequest: not a date of the form YYYY-MM-DD.
    """
    if not value:
        return DEFAULT_VERSION
    if not _DATE.match(value):
        raise InvalidRequest(f"Cartesia-Version must be a date like {LATEST_VERSION}, not {value[:40]!r}.")
    return VERSIONS[max(bisect_right(VERSIONS, value) - 1, 0)]


def structured_errors(version: str) -> bool:
    """Whether HTTP error bodies are JSON objects instead of one line of text."""
    return version >= "2026-03-01"


def default_buffer_delay_ms(version: str) -> int:
    """`max_buffer_delay_ms` of a request that does not give it."""
    return 0 if version <= "2025-04-16" else 3000


def first_flush_id(version: str) -> int:
    """Number of the segment before the first flush; older clients index a list with it."""
    return 0 if version <= "2024-11-13" else 1
