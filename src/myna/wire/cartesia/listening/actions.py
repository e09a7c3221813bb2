"""What a `ServerConnection` that listens asks of whoever drives it, to be done in order."""

from __future__ import annotations

from dataclasses import dataclass

from myna.speech.listening import ListeningRequest, Turns
from myna.wire.cartesia.actions import Close
from myna.wire.cartesia.listening.messages import HeardMessage


@dataclass(frozen=True, slots=True)
class Listen:
    """Begin to listen; where that fails, `refuse` the connection and drop what follows."""

    request: ListeningRequest


@dataclass(frozen=True, slots=True)
class Feed:
    """Listen to this audio; wait where too much is unheard."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class Finalize:
    """Make all audio so far final, then report it."""


@dataclass(frozen=True, slots=True)
class Configure:
    """Find turns with these thresholds from here on."""

    turns: Turns


@dataclass(frozen=True, slots=True)
class Finish:
    """No more audio comes."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send this after all that was sent before."""

    message: HeardMessage


Input = Feed | Finalize | Configure | Finish
Action = Listen | Input | Send | Close
