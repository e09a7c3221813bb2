"""Listens to one stream with PocketSphinx.

What decides how well it hears is what is known of voice and channel: the mean that is taken off the cepstra,
and the warp of the speaker. Those of the whole segment are best, but are known only at its end. So one pass
follows the audio with what is known from earlier segments and from the beginning of this one; as soon as it
is known better, another pass sets out from the beginning, catches up and takes over. At the end of a segment
little is left to be done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from myna.engines.protocols import Heard
from myna.engines.sphinx.cepstra import RATE, SIZE, Cepstra, Frames
from myna.engines.sphinx.decoding import Pass
from myna.engines.sphinx.warping import Warp
from myna.speech.listening import TimedWord

_STEP = 12
"""Frames of one step of a review."""
_DELAY = 40
"""Frames that are waited for where nothing is known of the channel."""
_KNOWN = 100.0
"""Frames that what earlier segments told of the mean counts for, at the beginning of a segment."""
_THOUGHTS = (1.6, 3.5)
"""Seconds of a segment after which it is thought over how to hear it."""
_STUDIED = 1.5
"""Seconds of a segment that tell the warp well enough for its review."""
_SHARE = 0.6
"""Steps of such a thought for each 10 ms that come in."""
_CHASE = 2
"""Frames that a pass behind takes for each that comes in."""
_NEAR, _SAME = 0.22, 0.22
"""Distances of means, in deviations of the cepstra: up to the first a pass goes on, up to the second it is
as good as reviewed."""
_NEAR_WARP = 0.03
_FLAT = 4.0
"""Deviation of the level (the first of the cepstra) below which it is steady noise and nobody speaks: noises
have 0 to 3, speech in as much noise 6, clean speech 13."""
_MEMORY = 0.5
"""Weight of what was known of the channel, beside the segment that has ended."""
_SPREAD = np.array([10.0, 18.0, 16.0, 14.0, 18.0, 14.0, 16.0, 15.0, 16.0, 14.0, 13.0, 14.0, 12.0])
"""Usual deviations of the cepstra."""

Mean = NDArray[np.float64]


@dataclass(slots=True, eq=False)
class _Track:
    """The frames of a segment with one warp, as far as they were made."""

    cepstra: Cepstra
    frames: Frames = field(default_factory=lambda: np.zeros((256, SIZE)))
    count: int = 0
    heard: int = 0
    sum: Mean = field(default_factory=lambda: np.zeros(SIZE))

    @property
    def flat(self) -> bool:
        """Whether there is nothing but steady noise."""
        return self.count < 2 or float(np.std(self.frames[: self.count, 0])) < _FLAT

    def advance(self, samples: NDArray[np.float32], until: int) -> None:
        """Make the frames of the segment up to a sample."""
        if until <= self.heard:
            return
        came = self.cepstra.push(samples[self.heard : until])
        self.heard = until
        end = self.count + len(came)
        if end > len(self.frames):
            self.frames = np.concatenate([self.frames, np.zeros((end, SIZE))])
        self.frames[self.count : end] = came
        self.sum = self.sum + came.sum(axis=0)
        self.count = end


@dataclass(slots=True, eq=False)
class _Run:
    """A pass on its way along a track, with the mean that it takes off and the frames it has had."""

    way: Pass
    track: _Track
    mean: Mean
    done: int = 0

    def push(self, most: int) -> None:
        """Take `most` frames more."""
        end = min(self.done + most, self.track.count)
        self.way.push(self.track.frames[self.done : end] - self.mean)
        self.done = end


class SphinxHearer:
    """A `Hearer` that has decoders to itself: two to follow a stream, one to hear what is held."""

    def __init__(self, passes: Sequence[Pass], warp: Warp) -> None:
        self._passes = tuple(passes)
        self._warp = warp
        self._known: tuple[float, Mean] | None = None
        self._samples = np.zeros(RATE, np.float32)
        self._count = self._studied = self._thoughts = 0
        self._debt = 0.0
        self._tracks: list[_Track] = []
        self._lead: _Run | None = None
        self._chasing: _Run | None = None
        self._thought: Iterator[None] | None = None
        self._reviewed = False

    def begin(self) -> None:
        """A segment begins."""
        self._learn()
        self._count = self._studied = self._thoughts = 0
        self._debt = 0.0
        self._tracks = []
        self._lead = self._chasing = self._thought = None
        self._reviewed = False

    def feed(self, samples: NDArray[np.float32]) -> None:
        """More of it."""
        self.hold(samples)
        self._follow()
        self._think(len(samples))
        self._chase(_CHASE * len(samples) // 160 + 1)

    def hold(self, samples: NDArray[np.float32]) -> None:
        """More of it, for the review alone."""
        end = self._count + len(samples)
        if end > len(self._samples):
            room = np.zeros(max(end, RATE), np.float32)
            self._samples = np.concatenate([self._samples[: self._count], room])
        clean = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
        self._samples[self._count : end] = np.clip(clean, -1.0, 1.0)
        self._count = end
        self._reviewed = False

    def partial(self) -> tuple[TimedWord, ...]:
        """The words so far."""
        run = self._lead
        return run.way.words() if run and not run.track.flat else ()

    def review(self) -> Iterator[None]:
        """Hear it all with what is known of it all, as far as that was not done."""
        if self._count < _DELAY * 160 // 2:
            return
        track = self._track(self._warp.value)
        yield from self._advance(track)
        if track.flat:
            self._reviewed = True
            return
        if self._studied < min(self._count, _STUDIED * RATE):
            self._studied = self._count
            yield from self._warp.study(self._samples[: self._count])
            track = self._track(self._warp.value)
            yield from self._advance(track)
        mean = track.sum / track.count
        for run in (self._lead, self._chasing):
            if run and run.track is track and _distance(run.mean, mean) <= _SAME:
                break
        else:
            run = self._chasing = self._set_out(track, mean)
        while run.done < track.count:
            run.push(_STEP)
            yield
        self._lead, self._chasing = run, None
        self._reviewed = True

    def final(self) -> Heard:
        """The words; after a review of all that was fed, the reviewed ones."""
        run = self._lead
        if run is None:
            track = self._track(self._warp.value)
            track.advance(self._samples, self._count)
            if track.flat:
                return Heard((), "en", self._reviewed)
            run = self._lead = self._set_out(track, self._mean(track))
        run.track.advance(self._samples, self._count)
        run.push(run.track.count)
        run.way.finish()
        return Heard(() if run.track.flat else run.way.words(), "en", self._reviewed)

    def _follow(self) -> None:
        """Let the pass that leads take what came."""
        if self._lead is None:
            track = self._track(self._warp.value)
            track.advance(self._samples, self._count)
            if track.count < (4 if self._known else _DELAY):
                return
            self._lead = self._set_out(track, self._mean(track))
        self._lead.track.advance(self._samples, self._count)
        self._lead.push(self._lead.track.count)

    def _think(self, came: int) -> None:
        """Find out by and by whether there is a better way to hear this; another pass may set out then."""
        if self._lead is None or self._chasing is not None:
            return
        if self._thought is None:
            if self._thoughts == len(_THOUGHTS) or self._count < _THOUGHTS[self._thoughts] * RATE:
                return
            self._thoughts += 1
            self._thought = self._reconsider()
        self._debt += came / 160 * _SHARE
        while self._debt >= 1 and self._thought is not None:
            self._debt -= 1
            if next(self._thought, self) is self:
                self._thought, self._debt = None, 0.0

    def _reconsider(self) -> Iterator[None]:
        self._studied = self._count
        yield from self._warp.study(self._samples[: self._count].copy())
        track = self._track(self._warp.value)
        yield from self._advance(track)
        lead, mean = self._lead, self._mean(track)
        if lead and (lead.track is not track or _distance(lead.mean, mean) > _NEAR):
            self._chasing = self._set_out(track, mean)

    def _advance(self, track: _Track) -> Iterator[None]:
        while track.heard < self._count:
            track.advance(self._samples, min(track.heard + RATE // 4, self._count))
            yield

    def _chase(self, most: int) -> None:
        """Let the pass behind go on; it leads as soon as it has caught up."""
        run = self._chasing
        if run is not None:
            run.track.advance(self._samples, self._count)
            run.push(most)
            if run.done == run.track.count:
                self._lead, self._chasing = run, None

    def _set_out(self, track: _Track, mean: Mean) -> _Run:
        """A run of the decoder that does not lead, from the beginning."""
        taken = self._lead.way if self._lead else None
        way = next(one for one in self._passes if one is not taken)
        way.start()
        return _Run(way, track, mean)

    def _track(self, warp: float) -> _Track:
        """The track with a warp near this one."""
        for track in self._tracks:
            if abs(track.cepstra.warp - warp) <= _NEAR_WARP:
                return track
        used = {id(run.track) for run in (self._lead, self._chasing) if run}
        self._tracks = [track for track in self._tracks if id(track) in used]
        self._tracks.append(_Track(Cepstra(round(warp, 2))))
        return self._tracks[-1]

    def _mean(self, track: _Track) -> Mean:
        """The mean to go on with: of the track, and of earlier segments as long as that tells little."""
        if self._known is None or abs(self._known[0] - track.cepstra.warp) > _NEAR_WARP:
            return track.sum / max(track.count, 1)
        weight = _KNOWN * max(1 - track.count / (4 * _KNOWN), 0.0)
        return np.asarray((self._known[1] * weight + track.sum) / max(weight + track.count, 1))

    def _learn(self) -> None:
        """Keep what this segment told for the next."""
        self._warp.settle()
        track = self._lead.track if self._lead else None
        if track is None or track.count < _DELAY:
            return
        mean, warp = track.sum / track.count, track.cepstra.warp
        if self._known and abs(self._known[0] - warp) <= _NEAR_WARP:
            mean = _MEMORY * self._known[1] + (1 - _MEMORY) * mean
        self._known = (warp, mean)


def _distance(one: Mean, other: Mean) -> float:
    return float(np.sqrt(np.mean(((one - other) / _SPREAD) ** 2)))
