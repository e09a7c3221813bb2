"""When a failed request is sent again, and how long to wait before."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

RETRIED_STATUSES = frozenset({408, 409, 429})
"""Statuses besides 5xx after which the same request may succeed."""

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 8.0
_LONGEST_ASKED = 60.0


def worth_retrying(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a response with this status may be followed by another try.

    The server's `x-should-retry` decides where it is there; names of headers are in lower case.
    """
    asked = headers.get("x-should-retry")
    if asked in ("true", "false"):
        return asked == "true"
    return status in RETRIED_STATUSES or status >= 500


def retry_delay(
    tries: int,
    headers: Mapping[str, str],
    now: float,
    chance: Callable[[], float] = random.random,
) -> float:
    """Seconds to wait before the next try.

    Args:
        tries: tries that have failed so far, at least 1.
        headers: of the response, names in lower case; empty where there was none.
        now: seconds since the epoch, to read dates by.
        chance: uniform in [0, 1); delays of our own are shortened by up to a quarter, so that many
            clients do not come back at once.
    """
    asked = _asked_delay(headers, now)
    if asked is not None and 0 < asked <= _LONGEST_ASKED:
        return asked
    return float(min(_FIRST_DELAY * 2.0 ** (tries - 1), _LONGEST_DELAY) * (1 - 0.25 * chance()))


def _asked_delay(headers: Mapping[str, str], now: float) -> float | None:
    try:
        return float(headers["retry-after-ms"]) / 1000
    except (KeyError, ValueError):
        pass
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        return float(value)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(value).timestamp() - now
    except (TypeError, ValueError):
        return None
