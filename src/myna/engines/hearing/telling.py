"""What is told of the segments of a stream: transcripts that are final when asked, or turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from myna.engines.hearing.ear import Segment, between, joined
from myna.engines.hearing.growth import Growth
from myna.engines.hearing.turns import Step, TurnMachine
from myna.speech.listening import (
    Final,
    Finalized,
    HeardEvent,
    Partial,
    TimedWord,
    TurnEagerEnd,
    TurnEnd,
    TurnResume,
    Turns,
    TurnStart,
    TurnUpdate,
)

MOST_WORDS = 5000
"""Words that may be open; then they are final, or the turn ends, unasked: half an hour of speech."""
_EVERY = 0.1
"""Least seconds between two interim texts."""
_EVERY_WORD = 0.001
"""The same for each word of them, so that long texts are told less often."""
_UNTAKEN_SECONDS = 0.5
"""Silence after which speech that began no turn is dropped."""

Tell = Callable[[HeardEvent], None]
Close = Callable[[], None]
"""Ends the open segment, if one is, and tells `segment` of it."""
Words = tuple[TimedWord, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame of the stream that was just taken.

    Attributes:
        probability: that somebody speaks in it.
        seconds: its length.
        now: where it ends in the stream, in seconds.
        onset: where the last speech began.
        silence: how long nobody spoke, in seconds.
        speaking: whether somebody speaks for sure.
    """

    probability: float
    seconds: float
    now: float
    onset: float
    silence: float
    speaking: bool


class Telling(Protocol):
    """Makes events of what is heard."""

    def stream(self, words: Callable[[], Words], now: float) -> None:
        """The recogniser heard more of the open segment, whose words can be asked for."""
        ...

    def segment(self, segment: Segment) -> None:
        """A segment is over."""
        ...

    def frame(self, moment: Moment) -> None:
        """A frame was taken."""
        ...

    def finalized(self) -> None:
        """All segments are over, as was asked."""
        ...

    def finished(self) -> None:
        """All segments are over, and so is the stream."""
        ...

    def configure(self, turns: Turns) -> None:
        """Other thresholds are asked for."""
        ...


class Manual:
    """Transcripts: interim while speech goes on, final when asked or after a silence.

    Args:
        max_silence: that silence in seconds; None: only when asked.
        language: what is spoken, where known; else it is as the recogniser tells of each segment.
        tell, close: to be called.
    """

    def __init__(self, max_silence: float | None, language: str | None, tell: Tell, close: Close) -> None:
        self._max_silence = max_silence
        self._asked = self._language = language
        self._tell = tell
        self._close = close
        self._said = False
        self._pending: list[Segment] = []
        self._words: Words = ()
        self._text = ""
        self._told = ""
        self._told_at = 0.0
        self._revised = False
        self._now = 0.0

    def stream(self, words: Callable[[], Words], now: float) -> None:
        """Tell the interim text, where it changed."""
        if now - self._told_at < max(_EVERY, _EVERY_WORD * len(self._words)) - 1e-6:
            return
        self._told_at = now
        self._interim(words(), now)

    def segment(self, segment: Segment) -> None:
        """Keep it until it is to be final."""
        if segment.words:
            self._language = self._asked or segment.language
            self._pending.append(segment)
            self._text += self._lead + joined(segment.words, self._language)
            self._words += segment.words
        self._revised, self._now = True, segment.until
        if len(self._words) >= MOST_WORDS:
            self._finals()

    def frame(self, moment: Moment) -> None:
        """Make all final where the silence is as long as was asked for; else tell what a segment came to."""
        self._now = moment.now
        if self._max_silence is not None and not moment.speaking:
            if moment.silence >= self._max_silence - 1e-6:
                self._close()
                self._finals()
        if self._revised:
            self._interim((), moment.now)

    def finalized(self) -> None:
        """Make all final."""
        self._finals()
        self._tell(Finalized())

    def finished(self) -> None:
        """Make all final."""
        self._finals()

    def configure(self, turns: Turns) -> None:
        """There are no turns."""

    @property
    def _lead(self) -> str:
        return between(self._language) if self._said or self._text else ""

    def _interim(self, words: Words, now: float) -> None:
        self._revised = False
        text = self._text + (self._lead + joined(words, self._language) if words else "")
        if text != self._told:
            self._told = text
            self._tell(Partial(text, self._words + words, now))

    def _finals(self) -> None:
        pending, self._pending = self._pending, []
        self._words, self._text = (), ""
        if pending:
            self._told = ""
        self._interim((), self._now)
        for one in pending:
            self._language = self._asked or one.language
            text = self._lead + joined(one.words, self._language)
            self._said = True
            self._tell(Final(text, one.words, one.start, one.until, one.language, one.reviewed))


class TurnByTurn:
    """Turns, whose text only grows.

    Args:
        turns: their thresholds.
        language, tell, close: as of `Manual`.
    """

    def __init__(self, turns: Turns, language: str | None, tell: Tell, close: Close) -> None:
        self._machine = TurnMachine(turns)
        self._growth = Growth(language)
        self._tell = tell
        self._close = close
        self._in_turn = False
        self._maybe = False
        self._grown = False
        self._told_at = 0.0

    def stream(self, words: Callable[[], Words], now: float) -> None:
        """Add what is old enough to the turn."""
        if not self._in_turn:
            return
        self._grown |= self._growth.stream(words(), now)
        self._update(now)

    def segment(self, segment: Segment) -> None:
        """Add its words to the turn; without one they are none of anybody's."""
        if self._in_turn:
            self._grown |= self._growth.close(segment.words, segment.language)

    def frame(self, moment: Moment) -> None:
        """Follow the turn."""
        if not self._in_turn and not moment.speaking and moment.silence >= _UNTAKEN_SECONDS:
            self._close()
        for step in self._machine.push(moment.probability, moment.seconds, moment.speaking):
            self._take(step, moment)
        if len(self._growth.words) >= MOST_WORDS:
            self._end(self._machine.end())
        self._update(moment.now)

    def finalized(self) -> None:
        """Tell all words."""
        self._update(None)
        self._tell(Finalized())

    def finished(self) -> None:
        """End the open turn."""
        self._end(self._machine.end())

    def configure(self, turns: Turns) -> None:
        """Take other thresholds."""
        self._machine.thresholds = turns

    def _take(self, step: Step, moment: Moment) -> None:
        if step is Step.START:
            self._in_turn, self._maybe, self._told_at = True, False, moment.now
            self._tell(TurnStart(round(moment.onset, 3)))
        elif step is Step.RESUME:
            self._maybe = False
            self._tell(TurnResume())
        elif step is Step.EAGER_END:
            self._close()
            self._maybe, self._grown = True, False
            self._tell(TurnEagerEnd(self._growth.text))
        else:
            self._end([step])

    def _end(self, steps: Sequence[Step]) -> None:
        if not steps:
            return
        self._close()
        text = self._growth.text
        self._in_turn = self._maybe = self._grown = False
        self._tell(TurnEnd(text, self._growth.turn()))

    def _update(self, now: float | None) -> None:
        """Tell the text where it grew; at once without `now`."""
        if not self._grown or self._maybe or not self._in_turn:
            return
        wait = max(_EVERY, _EVERY_WORD * len(self._growth.words))
        if now is None or now - self._told_at >= wait - 1e-6:
            self._grown = False
            self._told_at = self._told_at if now is None else now
            self._tell(TurnUpdate(self._growth.text))
