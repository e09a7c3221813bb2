"""What may follow what on a socket that takes live audio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from myna.speech.errors import ProtocolViolation


class Phase(Enum):
    """Where one half of a connection stands."""

    OPEN = auto()
    """The client may send more."""
    CLOSED = auto()
    """The client has sent its last."""
    LISTENING = auto()
    """Transcripts may come."""
    NEW = auto()
    """Nothing was said of turns yet."""
    IDLE = auto()
    """Nobody speaks."""
    SPEAKING = auto()
    """A turn goes on."""
    MAYBE = auto()
    """A turn may be over."""
    CHANGING = auto()
    """Audio may come."""
    ENDED = auto()
    """Nothing more comes."""


class Move(Enum):
    """What happens on a connection."""

    AUDIO = auto()
    FINALIZE = auto()
    CONFIG = auto()
    LAST = auto()
    CANCEL = auto()

    TRANSCRIPT = auto()
    FLUSHED = auto()
    DONE = auto()
    CONNECTED = auto()
    START = auto()
    UPDATE = auto()
    EAGER_END = auto()
    RESUME = auto()
    END = auto()
    CHUNK = auto()
    ERROR = auto()


Table = Mapping[tuple[Phase, Move], Phase]


@dataclass(frozen=True, slots=True, eq=False)
class Lifecycle:
    """One of the sockets.

    Attributes:
        path: where it is.
        begins: where the server's half begins.
        inputs: what the client may send.
        outputs: what the server may send.
    """

    path: str
    begins: Phase
    inputs: Table = field(repr=False)
    outputs: Table = field(repr=False)

    def after_input(self, phase: Phase, move: Move) -> Phase:
        """The phase of the client's half that follows.

        Raises:
            ProtocolViolation: the move is not allowed now.
        """
        return _after(self.inputs, phase, move)

    def after_output(self, phase: Phase, move: Move) -> Phase:
        """The phase of the server's half that follows; raises as `after_input` does."""
        return _after(self.outputs, phase, move)


def _after(table: Table, phase: Phase, move: Move) -> Phase:
    try:
        return table[phase, move]
    except KeyError:
        raise ProtocolViolation(
            f"{move.name.lower()} cannot follow on a connection that is {phase.name.lower()}."
        ) from None
