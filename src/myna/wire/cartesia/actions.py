"""What a `ServerConnection` asks of whoever drives it, to be done in order."""

from __future__ import annotations

from dataclasses import dataclass

from myna.wire.cartesia.messages import GenerationRequest, ServerMessage


@dataclass(frozen=True, slots=True)
class Open:
    """Begin speech with the parameters of `request`; where that fails, tell the connection."""

    context_id: str | None
    request: GenerationRequest


@dataclass(frozen=True, slots=True)
class Feed:
    """Append `text`; `request` carries what it says about delivery."""

    context_id: str | None
    text: str
    request: GenerationRequest


@dataclass(frozen=True, slots=True)
class Flush:
    """Speak all text so far, then report it."""

    context_id: str | None


@dataclass(frozen=True, slots=True)
class Finish:
    """No more text comes."""

    context_id: str | None


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop the speech and drop what of it was not sent."""

    context_id: str | None


@dataclass(frozen=True, slots=True)
class Send:
    """Send this after all that was sent of its context."""

    message: ServerMessage


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection with this WebSocket code and reason."""

    code: int
    reason: str


Action = Open | Feed | Flush | Finish | Cancel | Send | Close
