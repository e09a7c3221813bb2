"""What a connection that takes live audio asks of whoever drives it, to be done in order."""

from __future__ import annotations

from dataclasses import dataclass

from myna.speech.changing import ChangeRequest
from myna.speech.formats import OutputFormat
from myna.speech.listening import ListeningRequest, Turns
from myna.wire.cartesia.actions import Close
from myna.wire.cartesia.listening.messages import HeardMessage
from myna.wire.cartesia.messages import ServerMessage

LiveMessage = HeardMessage | ServerMessage | bytes
"""What is sent: a message, or audio in a binary frame."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Begin to listen; where that fails, `refuse` the connection and drop what follows."""

    request: ListeningRequest


@dataclass(frozen=True, slots=True)
class Change:
    """Begin to change a voice, to be given back as `output`; where that fails, as with `Listen`."""

    request: ChangeRequest
    output: OutputFormat


@dataclass(frozen=True, slots=True)
class Feed:
    """Take in this audio; wait where too much waits already."""

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
class Cancel:
    """Drop what is not done, and what of it was not sent."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send this after all that was sent before."""

    message: LiveMessage


Begin = Listen | Change
Input = Feed | Finalize | Configure | Finish | Cancel
Action = Begin | Input | Send | Close
