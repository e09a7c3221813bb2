"""Where somebody speaks in a live stream: a probability for each 32 ms, and when speech begins and pauses.

The network of `detection` says what sounds like speech, the level above the noise says whether it still
sounds: the network lags behind the end of a word, and the energy alone takes every noise for a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from myna.audio.detection import ENTER, FRAME, LEAVE, LOUD, MOST_GAIN, RATE, SpeechNetwork

FRAME_SECONDS = FRAME / RATE
"""Length of a frame: 0.032 s."""

_SILENT = 1e-5
"""RMS of a frame in which nothing can be heard, -100 dB of full scale: the network is not asked."""
_CREST = 4.0
"""Loudest magnitudes of speech over its RMS."""
_FIRST_LOUD = 0.1
"""Loudness assumed before anything was heard."""
_ATTACK, _RELEASE = 0.5, 0.995
"""How fast the running loudness follows what is louder, and falls (by half in 4.4 s), per frame."""
_YOUNG, _FIRST_RELEASE = 60, 0.85
"""Frames in which the first loudness is found, and how fast it falls in them."""
_AT_NOISE = 0.3
"""What is left of the probability of a frame that is no louder than the noise."""
_MARGIN_DB, _SURE_DB = 1.0, 6.0
"""Level above the noise at which a frame may be speech, and from which on its level is no doubt."""

_ONSET = 4
"""Frames of speech that begin it: 0.128 s; clicks are shorter."""
_ONSET_GAP = 2
"""Frames without speech that may be among them."""
_LONGEST_ONSET = 16
"""Frames in which it is sure whether speech begins: 0.5 s."""

Samples = NDArray[np.float32]


class Network(Protocol):
    """What says how likely a frame is speech; see `SpeechNetwork`."""

    def reset(self) -> None:
        """Forget."""
        ...

    def probability(self, frame: Samples) -> float:
        """How likely a frame is speech, 0.0 to 1.0."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A piece of a stream.

    Attributes:
        samples: `FRAME` of them; fewer at the end of a stretch.
        probability: that somebody speaks in it, 0.0 to 1.0.
    """

    samples: Samples
    probability: float


class SpeechMeter:
    """Cuts a stream of mono samples at `RATE` into frames, and says of each how likely it is speech.

    Quiet streams are raised for the network by their running loudness. Memory is constant.

    Args:
        min_volume: RMS, 0.0 to 1.0, below which a frame is no speech; None leaves it to the network.
        network: what is asked; None for Silero's.
    """

    def __init__(self, min_volume: float | None = None, network: Network | None = None) -> None:
        self._network = network or SpeechNetwork()
        self._network.reset()
        self._least = max(min_volume or 0.0, _SILENT)
        self._rest = np.zeros(0, dtype=np.float32)
        self._loud = _FIRST_LOUD
        self._noise = NoiseFloor()
        self._asleep = True
        self._frames = 0

    def push(self, samples: Samples) -> Iterator[Frame]:
        """The frames that are full with these samples of shape (n,), as they are asked for."""
        whole = np.concatenate([self._rest, samples]) if len(self._rest) else samples
        count = len(whole) // FRAME
        self._rest = whole[count * FRAME :].copy()
        for index in range(count):
            yield self._measured(whole[index * FRAME : (index + 1) * FRAME])

    def flush(self) -> Iterator[Frame]:
        """What is left as a shorter frame, if anything is; the next frame begins behind it."""
        rest, self._rest = self._rest, self._rest[:0]
        if len(rest):
            yield self._measured(rest)

    def _measured(self, samples: Samples) -> Frame:
        rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
        if not rms >= self._least:  # also where it is not a number
            return Frame(samples, self._silent(rms))
        self._asleep = False
        heard = rms * _CREST
        self._loud += (heard - self._loud) * _ATTACK if heard > self._loud else 0.0
        self._frames += 1
        self._loud *= _RELEASE if self._frames > _YOUNG else _FIRST_RELEASE
        gain = min(max(LOUD / max(self._loud, 1e-9), 1.0), MOST_GAIN)
        frame = np.zeros(FRAME, dtype=np.float32)
        frame[: len(samples)] = samples * np.float32(gain)
        likely = self._network.probability(frame)
        above = self._noise.above(rms, likely)
        sure = min(max((above - _MARGIN_DB) / (_SURE_DB - _MARGIN_DB), 0.0), 1.0)
        return Frame(samples, likely * (_AT_NOISE + (1.0 - _AT_NOISE) * sure))

    def _silent(self, rms: float) -> float:
        """The network forgets at the first silent frame: what it remembers does not belong to what comes."""
        if not self._asleep:
            self._network.reset()
            self._asleep = True
        self._noise.above(rms if rms > 0.0 else 0.0, 0.0)
        return 0.0


class NoiseFloor:
    """The level of the quietest moments of the last seconds; what is taken for speech does not raise it."""

    _BLOCK, _BLOCKS = 16, 6
    """Frames of a block, and blocks that are remembered: 3 s."""
    _LEAST_DB = -100.0

    def __init__(self) -> None:
        self._blocks: list[float] = []
        self._block: list[float] = []
        self._smooth: float | None = None

    def above(self, rms: float, likely: float) -> float:
        """How far a frame is above the noise, in dB, and remember it; `likely` is that it is speech."""
        level = max(20 * float(np.log10(max(rms, 1e-9))), self._LEAST_DB)
        self._smooth = level if self._smooth is None else self._smooth + 0.5 * (level - self._smooth)
        floor = min([*self._blocks, *self._block], default=None)
        if likely < ENTER or (floor is not None and self._smooth < floor):
            self._block.append(self._smooth)
            if len(self._block) >= self._BLOCK:
                self._blocks = [*self._blocks[1 - self._BLOCKS :], min(self._block)]
                self._block = []
        return level - (self._LEAST_DB if floor is None else floor)


class Change(Enum):
    """What a frame changes."""

    ONSET = auto()
    """Speech began, `began` frames ago."""
    PAUSE = auto()
    """Nothing was said for as long as a pause takes."""


class Endpointer:
    """Finds where speech begins and pauses, by hysteresis over the probabilities of frames.

    Args:
        pause: frames without speech that are a pause.

    Attributes:
        speaking: between an onset and a pause.
        began: frames since the speech began whose onset was just told, or may be coming.
        silence: frames since the last one with speech; while nobody ever spoke, since the beginning.
        paused: what `silence` was where the last speech began.
    """

    def __init__(self, pause: int) -> None:
        self.speaking = False
        self.began = 0
        self.silence = 0
        self.paused = 0
        self._pause = pause
        self._run = 0
        self._gap = 0

    def push(self, probability: float) -> Change | None:
        """Take the next frame."""
        if self.speaking:
            self.silence = 0 if probability >= LEAVE else self.silence + 1
            if self.silence < self._pause:
                return None
            self.speaking = False
            self._run = self.began = 0
            return Change.PAUSE
        self.silence += 1
        self._count(probability)
        if self._run < _ONSET:
            return None
        self._begin()
        return Change.ONSET

    def suppose(self) -> bool:
        """Take what may be a beginning for one, as nothing follows; whether there is any."""
        if self.speaking or self._run < _ONSET // 2:
            return False
        self._begin()
        return True

    def _begin(self) -> None:
        self.paused = self.silence - self.began
        self.speaking, self.silence = True, 0

    def _count(self, probability: float) -> None:
        """Count the frames that may be the beginning of speech."""
        self.began += self._run > 0
        if probability >= ENTER:
            self._run += 1
            self.began = max(self.began, 1)
            self._gap = 0
        elif self._run and probability < LEAVE:
            self._gap += 1
        if self._gap > _ONSET_GAP or self.began > _LONGEST_ONSET:
            self._run = self._gap = self.began = 0
