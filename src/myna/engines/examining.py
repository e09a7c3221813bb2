"""A recording from the file to its speaker: decoded, checked, cleaned, trimmed, measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from myna.audio import trimming
from myna.audio.decoding import blocks, resampled
from myna.audio.denoising import denoise
from myna.audio.detection import RATE, Span, SpeechDetector
from myna.audio.metering import Meter
from myna.engines.protocols import Examination, Finding
from myna.speech.errors import ClipRejected

MOST_SECONDS = 600.0
"""Longest recording."""
LEAST_SPEECH = 1.0
"""Seconds of speech that a voice needs."""
MOST_SPEECH = 45.0
"""Seconds of speech that are measured: more changes a voice by less than another sentence does."""

_SEARCHED = 60.0
"""Seconds of speech after which the search for more ends, in recordings longer than `_LONG`."""
_LONG = 120.0
_SECTION = 20.0
"""Seconds of a long recording that are searched at a time."""
_SILENT = 1e-3
"""Largest magnitude of a recording in which nothing can be heard: -60 dB of full scale."""
_MOST_CLIPPED = 0.01
"""Share of the samples that may be cut off."""

Samples = NDArray[np.float32]


class Progress(Protocol):
    """Is told that the work goes on."""

    def __call__(self) -> None:
        """A step was made."""
        ...

    def by_the_clock(self) -> AbstractContextManager[None]:
        """One long step is being made."""
        ...


def examine(examination: Examination, progress: Progress) -> Finding:
    """Look into a recording.

    Raises:
        AudioRejected: no voice can be made of it; the message says why, and what would help.
        EngineError: it could not be measured.
    """
    progress()
    samples, clipped = _decoded(examination.path, progress)
    seconds = len(samples) / RATE
    detector = SpeechDetector()
    speech, is_all = _speech(samples, detector, progress)
    found = sum(end - start for start, end in speech) / RATE
    if not speech:
        raise ClipRejected(
            f"Nobody is heard speaking in the clip of {seconds:.1f} s: send a recording of one person who "
            "speaks, without music or loud noise."
        )
    if found < LEAST_SPEECH:
        raise ClipRejected(
            f"The clip has only {found:.1f} s of speech: send at least {LEAST_SPEECH:g} s, better 5 to 30 s."
        )
    if clipped > _MOST_CLIPPED:
        raise ClipRejected(
            f"The clip is overdriven, {clipped:.1%} of it is cut off: record it again, with less gain or "
            "further from the microphone."
        )
    snr_db = trimming.levels(samples, speech).snr_db
    if examination.enhance:
        samples = denoise(samples, speech, snr_db, progress)
    chosen = trimming.best(samples, speech, MOST_SPEECH)
    is_all = is_all and chosen == list(speech)
    level = trimming.levels(samples, chosen).speech_db
    voice = trimming.normalized(trimming.trimmed(samples, chosen), level)

    from myna.engines.world.analysis import measure

    with progress.by_the_clock():
        measured = measure(
            voice.astype(np.float64),
            RATE,
            transcript=examination.transcript if is_all else None,
            language=examination.language,
        )
    return Finding(
        measured.likeness,
        measured.pitch_hz,
        measured.gender,
        seconds=seconds,
        speech_seconds=found,
        snr_db=snr_db,
    )


def _decoded(path: str, progress: Callable[[], object]) -> tuple[Samples, float]:
    """The recording at `RATE`, and the share of it that is cut off."""
    meter = Meter()
    parts = []
    for part in resampled(meter.watch(blocks(path, most_seconds=MOST_SECONDS)), RATE):
        progress()
        parts.append(part)
    if meter.peak < _SILENT:
        raise ClipRejected("The clip is silent: check the microphone, and record it again.")
    return np.concatenate(parts), meter.clipped


def _speech(
    samples: Samples, detector: SpeechDetector, progress: Callable[[], object]
) -> tuple[Sequence[Span], bool]:
    """Where speech is, and whether that is all of it: a long recording is searched until there is enough."""
    if len(samples) <= _LONG * RATE:
        return detector.spans(samples, progress), True
    size = round(_SECTION * RATE)
    sections = [(start, min(start + size, len(samples))) for start in range(0, len(samples), size)]
    found: list[Span] = []
    total = 0
    # every fourth one first: people warm up, turn away, change rooms
    for start, end in [section for offset in (0, 2, 1, 3) for section in sections[offset::4]]:
        spans = detector.spans(samples[start:end], progress)
        found += [(start + first, start + last) for first, last in spans]
        total += sum(last - first for first, last in spans)
        if total >= _SEARCHED * RATE:
            break
    return sorted(found), False
