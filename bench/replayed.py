"""Live listening by CPU time: what a stream's process does and when, as if its core did nothing else.

Each piece of audio comes at its time; what is done with it takes the CPU time that it takes, between the
pieces there is time for second looks, as in a process that listens. So other work on the machine disturbs
little, and slower cores can be had: of two cores, each of six streams that never rest has a third.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from myna.engines.hearing.session import Session
from myna.engines.protocols import HEARING_RATE, Hearing, Recognizer
from myna.speech.listening import Endpointing, HeardEvent, Partial, Turns

PIECE = HEARING_RATE // 10


class Sounds(Protocol):
    """A clip, as far as it is played."""

    @property
    def samples(self) -> NDArray[np.int16]: ...


class Clock:
    """Seconds that go on while this process works, so many times as fast, and where it is told to wait."""

    def __init__(self, slower: float = 1.0) -> None:
        self._slower = slower
        self._now = 0.0
        self._mark = time.process_time()

    def __call__(self) -> float:
        mark = time.process_time()
        self._now += (mark - self._mark) * self._slower
        self._mark = mark
        return self._now

    def wait(self, until: float) -> None:
        """Rest until that time, if it is not over."""
        self._now = max(self(), until)


@dataclass
class Replay:
    """What came of a stream.

    Attributes:
        events: each with the seconds since the first sample was spoken.
        behind: of each interim text, how much of the audio had come since what it tells of.
        backlog: of each piece, how long after it had come it was done with, in seconds.
        segments, reviewed: how many were heard, and how many of them looked at twice.
        cpu: seconds of work.
    """

    events: list[tuple[float, HeardEvent]] = field(default_factory=list)
    behind: list[float] = field(default_factory=list)
    backlog: list[float] = field(default_factory=list)
    segments: int = 0
    reviewed: int = 0
    cpu: float = 0.0


def replay(
    recognizer: Recognizer, clip: Sounds, ends: Endpointing | Turns, *, slower: float = 1.0, rounds: int = 1
) -> Replay:
    """Hear a clip at the pace at which it was spoken, some rounds of it one after the other."""
    found = Replay()
    clock = Clock(slower)

    def tell(event: HeardEvent) -> None:
        now = clock() - begun
        found.events.append((now, event))
        if isinstance(event, Partial):
            found.behind.append(now - event.until)

    session = Session(recognizer, Hearing(recognizer.name, None, "en", ends), tell, clock=clock)
    begun, spent = clock(), time.process_time()
    whole = np.concatenate([np.zeros(PIECE, np.int16), *[clip.samples] * rounds])
    for at in range(0, len(whole), PIECE):
        piece = whole[at : at + PIECE].astype(np.float32) / 32768
        came = begun + (at + len(piece)) / HEARING_RATE
        while clock() < came:
            if not session.work():
                clock.wait(came)
        session.feed(piece)
        found.backlog.append(clock() - came)
    session.finish()
    found.segments, found.reviewed = session.segments, session.reviewed
    found.cpu = time.process_time() - spent
    return found


def streams(
    recognizer: Recognizer, clip: Sounds, *, cores: int, keeps_up: float, most: int, rounds: int
) -> tuple[int, list[str]]:
    """How many streams keep up on so many cores, where none ever finds a core at rest, and what each was.

    Streams that pause leave time to others; so many are carried at least.
    """
    carried, told = 0, []
    for count in range(cores, most + 1):
        heard = replay(recognizer, clip, Endpointing(0.5), slower=count / cores, rounds=rounds)
        behind = _high(heard.behind)
        told.append(f"{count}: {behind:.2f} s behind")
        if not behind < keeps_up:
            break
        carried = count
    return carried, told


def _high(values: Sequence[float]) -> float:
    return float(np.quantile(values, 0.95)) if values else float("nan")
