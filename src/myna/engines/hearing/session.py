"""One live stream: audio goes in, what is heard comes out, whatever the recogniser.

Time is the audio's own. Speech is cut into segments at its pauses; a pause is also when the recogniser looks
again at what it heard, in steps between which more audio may come.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from math import inf

import numpy as np
from numpy.typing import NDArray

from myna.audio.detection import FRAME
from myna.audio.endpointing import FRAME_SECONDS, Change, Endpointer, Frame, Network, SpeechMeter
from myna.audio.levels import saturated
from myna.engines.hearing.ear import Ear
from myna.engines.hearing.pace import Pace
from myna.engines.hearing.telling import Manual, Moment, Telling, TurnByTurn
from myna.engines.protocols import HEARING_RATE, Hearing, Recognizer
from myna.speech.listening import HeardEvent, Turns

EAGER_FRAMES = 5
"""Silence after which speech may be over, and the second look begins: 0.16 s."""
PREROLL_FRAMES = 10
"""What is kept before the first frame of speech: 0.32 s."""
PAUSE_FRAMES = 19
"""Silence after which more speech is another segment: 0.61 s."""
MORE_SECONDS = 0.25
"""How long somebody who waits for the text is kept waiting for the second look, at most."""

_CUTS = ((25.0, 1), (20.0, 2), (14.0, 4))
"""Seconds from which a segment ends at a pause of so many frames."""
LONGEST_SECONDS = 29.0
"""Where a segment ends in any case."""

_REACH = 1.0
"""Seconds of audio that may come at once from somebody who speaks right now."""


class Session:
    """Turns a stream into events. Time is the audio's, but for how long a second look may take.

    While no audio waits, `work` is called for the second look. At the end of a segment the look gets
    `MORE_SECONDS` more if that will do, else what streamed is final. Where audio comes faster than it is
    spoken nobody waits for that end, and every second look runs to its own.

    Args:
        recognizer: what hears.
        hearing: what is asked.
        tell: takes each event, in order.
        network: what finds speech; None for Silero's.
        clock: seconds that pass while the recogniser works.

    Attributes:
        segments: how many segments were heard.
        reviewed: how many of them the recogniser looked at twice.

    Raises:
        EngineError: the recogniser does not hear this language.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        hearing: Hearing,
        tell: Callable[[HeardEvent], None],
        network: Network | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        ends = hearing.endpointing
        self.segments = 0
        self.reviewed = 0
        self._ear = Ear(recognizer.hear(hearing.language, hearing.keyterms), clock)
        self._telling: Telling
        if isinstance(ends, Turns):
            self._telling = TurnByTurn(ends, hearing.language, tell, self._close)
            self._meter = SpeechMeter(None, network)
        else:
            self._telling = Manual(ends.max_silence_seconds, hearing.language, tell, self._close)
            self._meter = SpeechMeter(ends.min_volume, network)
        self._ends = Endpointer(EAGER_FRAMES)
        self._held: deque[Frame] = deque()
        self._at = 0
        self._onset = 0
        self._came = 0
        self._pace = Pace(clock)

    def feed(self, samples: NDArray[np.float32]) -> None:
        """Hear more: float32 of shape (n,), mono at `HEARING_RATE`, in any cut."""
        self._pace.push(len(samples) / HEARING_RATE)
        self._came = self._at
        for frame in self._meter.push(saturated(samples)):
            self._hear(frame)

    def finalize(self) -> None:
        """Make everything that was fed final, then tell `Finalized`."""
        self._settle()
        self._telling.finalized()

    def configure(self, turns: Turns) -> None:
        """Take other thresholds from here on; without effect where turns are not found."""
        self._telling.configure(turns)

    def finish(self) -> None:
        """Make everything final and end an open turn; nothing is told afterwards."""
        self._pace.live = False
        self._settle()
        self._telling.finished()

    def work(self) -> bool:
        """Look again for one step of some 50 ms; False where there is nothing to look at.

        Call it while no audio waits.
        """
        self._pace.rest()
        return self._ear.open and self._ear.look()

    def _hear(self, frame: Frame) -> None:
        self._at += len(frame.samples)
        change = self._ends.push(frame.probability)
        if change is Change.ONSET:
            self._onset = max(self._at - self._ends.began * FRAME, 0)
        if not self._ear.open:
            self._hold(frame)
            if self._ends.speaking and self._ends.silence == 0:
                self._begin()
        elif change is Change.ONSET:
            self._hold(frame)
            self._resume()
        elif self._ends.speaking:
            self._feed(frame)
            if self._too_long():
                self._close()
        elif change is Change.PAUSE:
            self._feed(frame)
            self._ear.settle()
            self._telling.stream(self._ear.words, self._at / HEARING_RATE)
            self._ear.pause()
        else:
            self._hold(frame)
            if self._ends.silence > PAUSE_FRAMES and (self._ear.reviewed or not self._is_live()):
                self._close()
        self._telling.frame(self._moment(frame))

    def _moment(self, frame: Frame) -> Moment:
        return Moment(
            frame.probability,
            len(frame.samples) / HEARING_RATE,
            self._at / HEARING_RATE,
            self._onset / HEARING_RATE,
            self._ends.silence * FRAME_SECONDS,
            self._ends.speaking,
        )

    def _hold(self, frame: Frame) -> None:
        """Keep a frame that may come before speech, or belong to a pause in it."""
        self._held.append(frame)
        kept = PREROLL_FRAMES + self._ends.began
        if self._ear.open and self._ends.silence - self._ends.began <= PAUSE_FRAMES:
            kept = PAUSE_FRAMES + self._ends.began
        while len(self._held) > kept:
            self._held.popleft()

    def _begin(self) -> None:
        """A segment begins with what is held."""
        self._ear.begin(self._at - sum(len(frame.samples) for frame in self._held))
        self._release()

    def _resume(self) -> None:
        """Speech goes on after a pause."""
        if self._ends.paused > PAUSE_FRAMES:
            self._close()
            self._begin()
        else:
            self._release()

    def _release(self) -> None:
        while self._held:
            self._feed(self._held.popleft())

    def _feed(self, frame: Frame) -> None:
        if self._ear.feed(frame.samples):
            self._telling.stream(self._ear.words, self._at / HEARING_RATE)

    def _too_long(self) -> bool:
        """Whether the segment is to end here, at the best pause that long speech has."""
        seconds = self._ear.length / HEARING_RATE
        if seconds >= LONGEST_SECONDS:
            return True
        return any(seconds >= least and self._ends.silence >= frames for least, frames in _CUTS)

    def _settle(self) -> None:
        """End the open segment with everything that was fed."""
        for frame in self._meter.flush():
            self._hear(frame)
        if self._ends.suppose():
            if self._ear.open:
                self._resume()
            else:
                self._begin()
        self._close()

    def _close(self) -> None:
        if not self._ear.open:
            return
        segment = self._ear.close(MORE_SECONDS if self._is_live() else inf)
        self.segments += 1
        self.reviewed += segment.reviewed
        self._telling.segment(segment)

    def _is_live(self) -> bool:
        """Whether the audio comes as it is spoken."""
        return self._pace.live and self._at - self._came <= _REACH * HEARING_RATE
