"""A recording written down: decoded as a stream, cut at silences, recognised stretch by stretch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from myna.audio import decoding, intake
from myna.engines.hearing.ear import between, joined
from myna.engines.hearing.stretches import Cutter, Stretch
from myna.engines.protocols import HEARING_RATE, Heard, Recognizer, Recording
from myna.speech.errors import AudioRejected
from myna.speech.listening import Final, Progress, TimedWord

_EVERY = 5.0
"""Seconds of audio after which progress is told in any case."""


class Transcript:
    """Makes finals of what is heard, one after the other."""

    def __init__(self) -> None:
        self._began = False
        self._until = 0.0

    def add(self, stretch: Stretch, heard: Heard) -> Final | None:
        """What was said in a stretch; None where nothing was."""
        end = stretch.start + len(stretch.samples) / HEARING_RATE
        words: list[TimedWord] = []
        for word in heard.words:
            start = min(max(stretch.start + word.start, self._until), end)
            self._until = min(max(stretch.start + word.end, start), end)
            words.append(TimedWord(word.text, round(start, 3), round(self._until, 3)))
        if not words:
            return None
        text = (between(heard.language) if self._began else "") + joined(words, heard.language)
        self._began = True
        return Final(
            text, tuple(words), round(stretch.start, 3), round(end, 3), heard.language, heard.reviewed
        )


def write_down(
    recording: Recording,
    recognizer: Recognizer,
    tell: Callable[[Final | Progress], None],
    step: Callable[[], None] = lambda: None,
) -> None:
    """Write a recording down.

    Args:
        recording: what is asked.
        recognizer: what hears.
        tell: takes each final, in order, and progress in between; the last progress is the end.
        step: called between two steps of some tenths of a second, or the recognition of a stretch.

    Raises:
        AudioRejected: nothing can be heard in the file, or it is too long; then perhaps after some finals.
        EngineError: the recogniser failed, likewise.
    """
    total = _claimed(recording)
    transcript, cutter = Transcript(), Cutter()
    heard, told = 0.0, 0.0

    def write(stretches: Iterator[Stretch]) -> Iterator[Final]:
        for stretch in stretches:
            step()
            found = recognizer.transcribe(stretch.samples, recording.language, recording.keyterms)
            final = transcript.add(stretch, found)
            if final is not None:
                yield final

    for samples in _audible(recording):
        step()
        heard += len(samples) / HEARING_RATE
        for final in write(cutter.push(samples)):
            tell(final)
            told = 0.0
        if heard - told >= _EVERY or not told:
            told = heard
            tell(Progress(heard, max(total, heard) if total is not None else None))
    for final in write(cutter.finish()):
        tell(final)
    tell(Progress(heard, heard))


def _audible(recording: Recording) -> Iterator[NDArray[np.float32]]:
    """The audio as far as it can be heard: what is broken behind that is left out."""
    most, seconds = recording.most_seconds, 0.0
    if recording.format is not None:
        source = intake.read(recording.path, recording.format, most_seconds=most)
    else:
        source = decoding.decode(recording.path, HEARING_RATE, most_seconds=most)
    while True:
        try:
            samples = next(source, None)
        except AudioRejected as error:
            if not seconds or error.message == decoding.too_long(most):
                raise
            return
        if samples is None:
            return
        seconds += len(samples) / HEARING_RATE
        yield samples


def _claimed(recording: Recording) -> float | None:
    """How long it says it is, where that can be.

    Raises:
        AudioRejected: it cannot be read, or is too long for certain.
    """
    most = recording.most_seconds
    if recording.format is None:
        seconds = decoding.claimed_seconds(recording.path)
        return seconds if seconds is not None and seconds <= most else None
    with decoding.opened(recording.path) as file:
        size = file.seek(0, os.SEEK_END)
    seconds = size / recording.format.bytes_per_sample / recording.format.sample_rate
    if seconds > most + 1:
        raise AudioRejected(decoding.too_long(most))
    return seconds
