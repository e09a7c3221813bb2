"""The seam between what changes voices and the rest: what is asked of it and what it offers.

All samples are float32 of shape (n,), mono at `CHANGING_RATE`, full scale 1.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from myna.engines.protocols import LONGEST_RECORDING
from myna.speech.listening import InputFormat

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

CHANGING_RATE = 16_000
"""Sample rate at which voices are changed, in Hz."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A recording whose voice is to be changed.

    Attributes:
        path: the file, decoded where it can do no harm.
        target: whose voice it gets, as `Measuring` found it.
        format: of a file without a container.
        whole: whether to look at all of it before the first audio.
        most_seconds: longest recording that is accepted.
    """

    path: str
    target: bytes
    format: InputFormat | None = None
    whole: bool = True
    most_seconds: float = LONGEST_RECORDING


@dataclass(frozen=True, slots=True)
class Measuring:
    """A recording of a voice that others are to be changed into; the answer is a packed target."""

    path: str


@dataclass(frozen=True, slots=True)
class Fitting:
    """Speech that is to join what comes before and after it.

    Attributes:
        speech: file with the speech.
        left, right: files with what comes before and after; at least one of them.
        more: file with more speech of the voice that speaks, which tells how it usually sounds.
    """

    speech: str
    left: str | None
    right: str | None
    more: str | None = None


class Changer(Protocol):
    """Changes the voice of one stream or recording, inside a process; never used by two threads.

    The samples that `push` and `finish` give are, in all, as many as were pushed, and in time with them.
    """

    def study(self, samples: Samples) -> None:
        """Take more of the whole recording beforehand; a changer of live streams is never asked to."""
        ...

    def push(self, samples: Samples) -> Samples:
        """Take more of it; gives what is ready."""
        ...

    def finish(self) -> Samples:
        """The rest; nothing is taken after that."""
        ...
