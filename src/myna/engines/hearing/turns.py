"""When somebody's turn to speak begins and ends.

The score is the probability that the user is still speaking. It rises with every frame of speech, by more the
surer the frame is: five sure frames (0.16 s) bring it from nothing above 0.8, two above 0.5, seven above 0.9.
In silence it falls as exp(-t / 0.44 s), so that a lower threshold asks for a longer silence:

    threshold   0.6    0.5    0.4    0.3    0.2    0.1    0.05
    silence     0.22   0.30   0.40   0.53   0.71   1.01   1.32 s

By default a turn may be over after 0.4 s of silence (eager end) and is over after 0.7 s. `end_timeout_ms`
ends a turn in any case: below 1300 ms it is shorter than the lowest thresholds would wait. Words do not
count: waiting longer after "and", "the" or "to" joined no more turns of read speech, and made the ends late
that were misheard so.
"""

from __future__ import annotations

from enum import Enum, auto
from math import exp

from myna.audio.detection import LEAVE
from myna.speech.listening import Turns

FALL_SECONDS = 0.44
"""Silence in which the score falls to 1/e."""
_RISE = 0.3
"""Share of what is missing to one that a frame of sure speech adds."""


class Step(Enum):
    """What happens in a turn."""

    START = auto()
    EAGER_END = auto()
    RESUME = auto()
    END = auto()


class State(Enum):
    """Where a turn is."""

    IDLE = auto()
    SPEAKING = auto()
    MAYBE = auto()


class TurnMachine:
    """Follows the turns of one stream over the probabilities of speech of its frames; pure.

    Attributes:
        thresholds: may be changed at any time.
        score: probability that the user is still speaking.
        state: of the turn.
    """

    def __init__(self, thresholds: Turns) -> None:
        self.thresholds = thresholds
        self.score = 0.0
        self.state = State.IDLE
        self._silence = 0.0

    def push(self, probability: float, seconds: float, speaking: bool) -> list[Step]:
        """Take a frame of so many seconds; `speaking`: it is sure that there is speech.

        A turn ends with its last frame of silence, hence at most one `END` is given.
        """
        if probability >= LEAVE:
            self.score += (1.0 - self.score) * _RISE * probability
            self._silence = 0.0
        else:
            self.score *= exp(-seconds / FALL_SECONDS)
            self._silence += seconds
        return self._steps(speaking)

    def end(self) -> list[Step]:
        """The stream ends, and with it the turn."""
        if self.state is State.IDLE:
            return []
        self._over()
        return [Step.END]

    def _steps(self, speaking: bool) -> list[Step]:
        limits, steps = self.thresholds, []
        if self.state is State.IDLE:
            if speaking and self.score > limits.start_threshold:
                self.state = State.SPEAKING
                return [Step.START]
            return []
        if self.score < limits.end_threshold or self._silence * 1000 >= limits.end_timeout_ms:
            self._over()
            return [Step.END]
        if self.state is State.SPEAKING and self.score < limits.eager_end_threshold:
            self.state = State.MAYBE
            steps.append(Step.EAGER_END)
        elif self.state is State.MAYBE and speaking and self.score > limits.start_threshold:
            self.state = State.SPEAKING
            steps.append(Step.RESUME)
        return steps

    def _over(self) -> None:
        self.state, self.score, self._silence = State.IDLE, 0.0, 0.0
