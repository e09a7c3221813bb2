"""Who asks, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass

LOCAL_OWNER = "local"
"""The one owner of everything where no keys are set."""

SCOPES = ("tts", "stt", "voices", "dictionaries", "tokens")
"""What a key can be allowed: speech, listening, the voice library, dictionaries, making access tokens."""


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a request is made.

    Attributes:
        owner: whose voices and dictionaries are seen and changed.
        key_id: public id of the key that was shown; None where no keys are set.
        scopes: what is allowed, of `SCOPES`.
    """

    owner: str = LOCAL_OWNER
    key_id: str | None = None
    scopes: frozenset[str] = frozenset(SCOPES)


LOCAL = Caller()
"""Whoever works on this machine, without a key."""
