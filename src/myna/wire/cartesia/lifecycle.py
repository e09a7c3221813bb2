"""What may follow what in a context: one table for both ends of the wire.

            INPUT           INPUT, FLUSH
    FREE ──────────▶ OPEN ◀──────────┐
     │                │ └────────────┘
     │ LAST           │ LAST
     └──▶ CLOSING ◀───┤
             │        │ CANCEL
             └────────┴──▶ CANCELLED

    END leads from OPEN, CLOSING and CANCELLED back to FREE.

Inputs are the client's messages, outputs the server's. OUTPUT stands for every event that is not terminal.
"""

from __future__ import annotations

from enum import Enum, auto

from myna.speech.errors import ProtocolViolation
from myna.wire.cartesia.messages import GenerationRequest


class Phase(Enum):
    """Where a context stands."""

    FREE = auto()
    """No such context: not begun, or ended."""
    OPEN = auto()
    """More text may follow."""
    CLOSING = auto()
    """All text is known; audio may still follow."""
    CANCELLED = auto()
    """Given up; what still comes is of no interest."""


class Move(Enum):
    """What happens to a context."""

    INPUT = auto()
    FLUSH = auto()
    LAST = auto()
    CANCEL = auto()
    OUTPUT = auto()
    END = auto()


TABLE: dict[tuple[Phase, Move], Phase] = {
    (Phase.FREE, Move.INPUT): Phase.OPEN,
    (Phase.FREE, Move.LAST): Phase.CLOSING,
    (Phase.OPEN, Move.INPUT): Phase.OPEN,
    (Phase.OPEN, Move.FLUSH): Phase.OPEN,
    (Phase.OPEN, Move.LAST): Phase.CLOSING,
    (Phase.OPEN, Move.CANCEL): Phase.CANCELLED,
    (Phase.OPEN, Move.OUTPUT): Phase.OPEN,
    (Phase.OPEN, Move.END): Phase.FREE,
    (Phase.CLOSING, Move.CANCEL): Phase.CANCELLED,
    (Phase.CLOSING, Move.OUTPUT): Phase.CLOSING,
    (Phase.CLOSING, Move.END): Phase.FREE,
    (Phase.CANCELLED, Move.OUTPUT): Phase.CANCELLED,
    (Phase.CANCELLED, Move.END): Phase.FREE,
}


def allowed(phase: Phase, move: Move) -> bool:
    """Whether `move` may happen now."""
    return (phase, move) in TABLE


def after(phase: Phase, move: Move, context_id: str | None = None) -> Phase:
    """The phase that follows.

    Raises:
        ProtocolViolation: the move is not allowed now.
    """
    try:
        return TABLE[phase, move]
    except KeyError:
        raise ProtocolViolation(
            f"{move.name.lower()} cannot follow in a context that is {phase.name.lower()}.",
            context_id=context_id,
        ) from None


def moves(request: GenerationRequest) -> tuple[Move, ...]:
    """What a message does to its context, in order; nothing where it only keeps it alive."""
    if request.cancel:
        return (Move.CANCEL,)
    if not request.continue_ or request.context_id is None:
        return (Move.LAST,)
    text = (Move.INPUT,) if request.transcript else ()
    return (*text, Move.FLUSH) if request.flush else text
