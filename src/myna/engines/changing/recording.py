"""Recordings in a process that changes voices: decoded as streams, twice as far as they are studied first."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from myna.audio.offsets import Centred
from myna.engines.changing.protocols import CHANGING_RATE, Changer, Conversion, Measuring
from myna.engines.jobs.recordings import audible, claimed_seconds
from myna.engines.protocols import LONGEST_RECORDING
from myna.speech.changing import SHORTEST_SECONDS
from myna.speech.errors import ClipRejected
from myna.speech.listening import InputFormat, Progress

if TYPE_CHECKING:
    from myna.engines.changing.protocols import Samples

_PIECE = CHANGING_RATE
"""Samples that are worked on at a time."""
_LISTENED = 2 * CHANGING_RATE
"""Samples after which it is looked whether somebody speaks."""
_STUDYING = 0.1
"""Share of the work that studying a recording is."""
_STUDIED = 1800.0
"""Seconds of a recording that are studied: a voice is known by then, and somebody waits for audio."""
_MEASURED = 45.0
"""Seconds of speech that a voice is measured from: more changes it by less than another sentence does."""
_CLIP = 600.0
"""Longest recording of a voice, in seconds."""
_NEIGHBOUR = 30.0
"""Seconds of a neighbour that are kept: what lies further from the seam says little about it."""
_SPEECH = 3600.0
"""Longest speech between neighbours, in seconds."""

Step = Callable[[], None]


@dataclass(frozen=True, slots=True)
class _File:
    """A file with a container."""

    path: str
    most_seconds: float
    format: InputFormat | None = None


def convert(
    conversion: Conversion,
    changer: Changer,
    tell: Callable[[Samples], None],
    progress: Callable[[Progress], None],
    step: Step = lambda: None,
) -> None:
    """Change the voice of a recording.

    Args:
        conversion: what is asked.
        changer: what changes it.
        tell: takes the changed audio, in order.
        progress: is told how far the work is, counted in seconds of the recording.
        step: called between two steps of some tenths of a second.

    Raises:
        ClipRejected: nobody speaks in it, or it is too short; before any audio.
        AudioRejected: nothing can be heard in the file, or it is too long; then perhaps after some audio.
    """
    total = claimed_seconds(conversion)

    def report(done: float) -> None:
        progress(Progress(round(done, 3), round(max(total, done), 3) if total is not None else None))

    studied = 0.0
    unstudied = _pieces(conversion, step) if conversion.whole else iter(())

    def study(most: float) -> bool:
        """Study up to there; whether something is left."""
        nonlocal studied
        for piece in unstudied:
            changer.study(piece)
            studied += len(piece) / CHANGING_RATE
            report(studied * _STUDYING)
            if studied >= most:
                return True
        return False

    left = False
    if not conversion.whole:
        _check_spoken(conversion, step)
    else:
        left = study(_STUDIED if total is not None else math.inf)
        total = total if left else studied
    seconds = 0.0
    for piece in _pieces(conversion, step):
        try:
            changed = changer.push(piece)
        except ClipRejected:
            if seconds or not left:
                raise
            study(math.inf)  # somebody may speak later
            changed = changer.push(piece)
        tell(changed)
        seconds += len(piece) / CHANGING_RATE
        report(seconds + max(studied - seconds, 0.0) * _STUDYING)
    tell(changer.finish())
    progress(Progress(round(seconds, 3), round(seconds, 3)))


def _pieces(conversion: Conversion, step: Step) -> Iterator[Samples]:
    """The recording in pieces, of which the first is as long as the shortest recording that is changed.

    Raises:
        ClipRejected: it is shorter.
        AudioRejected: nothing can be heard in the file, or it is too long.
    """
    held: list[Samples] = []
    length = 0
    centred = Centred(CHANGING_RATE)
    for samples in audible(conversion):
        step()
        held.append(centred.push(samples))
        length += len(samples)
        if length >= SHORTEST_SECONDS * CHANGING_RATE:
            yield from _cut(np.concatenate(held))
            held.clear()
    if length < SHORTEST_SECONDS * CHANGING_RATE:
        raise ClipRejected(
            f"The recording has only {length / CHANGING_RATE:.2f} s: send at least {SHORTEST_SECONDS:g} s."
        )


def _check_spoken(conversion: Conversion, step: Step) -> None:
    """Look for a voice, up to the first one.

    Raises:
        ClipRejected: nobody speaks in it.
        AudioRejected: nothing can be heard in the file, or it is too long.
    """
    from myna.engines.world.changing.target import NOBODY, speaks
    from myna.engines.world.frames import frames

    heard, fresh = np.zeros(0, np.float32), 0
    for piece in _pieces(conversion, step):
        heard, fresh = np.concatenate((heard, piece))[-2 * _LISTENED :], fresh + len(piece)
        if fresh >= _LISTENED:
            fresh = 0
            if speaks(frames(heard.astype(np.float64), CHANGING_RATE)):
                return
    if not speaks(frames(heard.astype(np.float64), CHANGING_RATE)):
        raise ClipRejected(NOBODY)


def _cut(samples: Samples) -> Iterator[Samples]:
    for start in range(0, len(samples), _PIECE):
        yield samples[start : start + _PIECE]


def measure(measuring: Measuring, step: Step = lambda: None) -> bytes:
    """A packed target of the voice in a recording.

    Raises:
        ClipRejected: nobody speaks in it.
        AudioRejected: nothing can be heard in the file, or it is too long.
    """
    from myna.audio import trimming
    from myna.audio.detection import SpeechDetector
    from myna.engines.world.changing import target

    samples = heard(measuring.path, step, most_seconds=_CLIP)
    speech = SpeechDetector().spans(samples, step)
    if speech:
        samples = trimming.trimmed(samples, trimming.best(samples, speech, _MEASURED))
    step()
    return target.measure(samples).packed()


def heard(
    path: str,
    step: Step = lambda: None,
    *,
    most_seconds: float = _SPEECH,
    first: float | None = None,
    last: float | None = None,
) -> Samples:
    """The audio of a file at `CHANGING_RATE`, shape (n,).

    Args:
        path: where it is.
        step: called between two pieces.
        most_seconds: longest recording that is accepted.
        first: only so many seconds of its beginning; the rest is not read.
        last: only so many seconds of its end.

    Raises:
        AudioRejected: nothing can be heard in the file, or it is too long.
    """
    kept: deque[Samples] = deque()
    length = 0
    centred = Centred(CHANGING_RATE)
    for samples in audible(_File(path, most_seconds)):
        step()
        kept.append(centred.push(samples))
        length += len(samples)
        while last is not None and length - len(kept[0]) >= last * CHANGING_RATE:
            length -= len(kept.popleft())
        if first is not None and length >= first * CHANGING_RATE:
            break
    whole = np.concatenate(kept) if kept else np.zeros(0, np.float32)
    if first is not None:
        return whole[: round(first * CHANGING_RATE)]
    return whole[-round(last * CHANGING_RATE) :] if last is not None else whole


def neighbours(left: str | None, right: str | None, step: Step) -> tuple[Samples | None, Samples | None]:
    """What lies next to a gap: the end of one file, the beginning of another.

    Raises:
        AudioRejected: nothing can be heard in a file, or it is too long.
    """
    return (
        heard(left, step, most_seconds=LONGEST_RECORDING, last=_NEIGHBOUR) if left is not None else None,
        heard(right, step, most_seconds=LONGEST_RECORDING, first=_NEIGHBOUR) if right is not None else None,
    )
