from __future__ import annotations

import pytest

from myna.engines.hearing.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def fed(pace: Pace, clock: Clock, seconds: float, *, took: float, rests: bool, piece: float = 0.1) -> bool:
    for _ in range(round(seconds / piece)):
        pace.push(piece)
        clock.now += took * piece
        if rests:
            pace.rest()
    return pace.live


@pytest.mark.parametrize("piece", [0.02, 0.1, 0.25, 1.0])
def test_somebody_who_leaves_moments_without_audio_speaks_right_now(piece: float) -> None:
    clock = Clock()
    assert fed(Pace(clock), clock, 5, took=1.0, rests=True, piece=piece)


@pytest.mark.parametrize("took", [0.1, 1.0, 3.0])
def test_who_never_does_sends_what_is_there_already(took: float) -> None:
    clock = Clock()
    assert not fed(Pace(clock), clock, 60, took=took, rests=False)


def test_a_machine_that_is_too_slow_for_a_while_changes_nothing() -> None:
    clock = Clock()
    pace = Pace(clock)
    fed(pace, clock, 5, took=1.0, rests=True)
    assert fed(pace, clock, 60, took=1.1, rests=False)
    assert fed(pace, clock, 2, took=0.5, rests=False)
    assert not fed(pace, clock, 30, took=0.2, rests=False)


def test_one_piece_is_no_proof() -> None:
    pace = Pace(Clock())
    pace.rest()
    pace.push(600.0)
    assert not pace.live
