"""Who asks, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

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


@dataclass(frozen=True, slots=True)
class KeyLimits:
    """What a key may do at once; None leaves it to the server.

    Attributes:
        contexts: streams of speech at the same time.
        sockets: open WebSockets.
        requests_per_minute: requests of any kind within a minute.
    """

    contexts: int | None = None
    sockets: int | None = None
    requests_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """An API key as it is kept: all but its secret.

    Attributes:
        id: public id; it may be shown and logged.
        name: what its maker calls it.
        owner: whose voices and dictionaries it sees and makes.
        scopes: what it is allowed, of `SCOPES`.
        revoked_at: since when it is refused; None while it is good.
        last_used_at: about when it was last shown; None where it never was.
    """

    id: str
    name: str
    owner: str
    created_at: datetime
    scopes: frozenset[str] = frozenset(SCOPES)
    limits: KeyLimits = KeyLimits()
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used with a key on one day.

    Attributes:
        key_id: public id of the key; None where no keys are set.
        day: in UTC.
        requests: how many were answered.
        characters: length of the text that was spoken.
        audio_seconds: length of the speech that was made.
        heard_seconds: length of the audio that was listened to.
    """

    key_id: str | None
    day: date
    requests: int = 0
    characters: int = 0
    audio_seconds: float = 0.0
    heard_seconds: float = 0.0
