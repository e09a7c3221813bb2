"""How long somebody who waits for a text is kept waiting for a second look."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from myna.engines.hearing.ear import Ear, Samples
from myna.engines.protocols import HEARING_RATE, Heard
from myna.speech.listening import TimedWord

PATIENCE = 0.25


class SlowHearer:
    """Takes so much of a second for each of audio, to follow it and to hear it again, in steps of 0.02 s."""

    def __init__(self, followed: float, again: float) -> None:
        self.now = 0.0
        self._followed, self._again = followed, again
        self._seconds = 0.0
        self._reviewed = False

    def clock(self) -> float:
        return self.now

    def begin(self) -> None:
        self._seconds, self._reviewed = 0.0, False

    def feed(self, samples: Samples) -> None:
        self.hold(samples)
        self.now += self._followed * len(samples) / HEARING_RATE

    def hold(self, samples: Samples) -> None:
        self._seconds += len(samples) / HEARING_RATE

    def partial(self) -> tuple[TimedWord, ...]:
        return ()

    def review(self) -> Iterator[None]:
        for _ in range(round(self._again * self._seconds / 0.02)):
            self.now += 0.02
            yield
        self._reviewed = True

    def final(self) -> Heard:
        return Heard((), "en", self._reviewed)


def ended(ear: Ear, hearer: SlowHearer, seconds: float) -> tuple[float, bool]:
    """How long the end of a segment takes, and whether it was looked at twice."""
    ear.begin(0)
    ear.feed(np.zeros(round(seconds * HEARING_RATE), np.float32))
    begun = hearer.now
    segment = ear.close(PATIENCE)
    return hearer.now - begun, segment.reviewed


@pytest.mark.parametrize(("seconds", "again"), [(1.0, 0.2), (6.0, 0.0), (6.0, 0.03)])
def test_what_can_be_heard_again_in_time_is(seconds: float, again: float) -> None:
    hearer = SlowHearer(min(again * 1.5, 0.06) if seconds > 1 else 0.3, again)
    took, reviewed = ended(Ear(hearer, hearer.clock), hearer, seconds)
    assert reviewed
    assert took <= PATIENCE


def test_the_first_long_segment_is_not_waited_for_in_vain() -> None:
    hearer = SlowHearer(0.3, 0.2)
    ear = Ear(hearer, hearer.clock)
    assert ended(ear, hearer, 6.0) == (0.0, False)
    took, reviewed = ended(ear, hearer, 1.0)
    assert reviewed and took == pytest.approx(0.2)


def test_looks_with_nothing_to_do_tell_nothing_of_those_with_something() -> None:
    hearer = SlowHearer(0.3, 0.0)
    ear = Ear(hearer, hearer.clock)
    for _ in range(5):
        assert ended(ear, hearer, 0.5) == (0.0, True)
    hearer._again = 0.2
    assert ended(ear, hearer, 6.0) == (0.0, False)


def test_nobody_waits_longer_than_they_must_where_looks_take_longer_than_they_used_to() -> None:
    hearer = SlowHearer(0.05, 0.5)
    took, reviewed = ended(Ear(hearer, hearer.clock), hearer, 2.0)
    assert not reviewed
    assert took <= PATIENCE + 0.02
