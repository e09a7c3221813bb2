"""A recording written down: decoded as a stream, cut at silences, recognised stretch by stretch."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from myna.engines.hearing.ear import between, joined
from myna.engines.hearing.stretches import Cutter, Stretch
from myna.engines.jobs.recordings import audible, claimed_seconds
from myna.engines.protocols import HEARING_RATE, Heard, Recognizer, Recording
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
    total = claimed_seconds(recording)
    transcript, cutter = Transcript(), Cutter()
    heard, told = 0.0, 0.0

    def write(stretches: Iterator[Stretch]) -> Iterator[Final]:
        for stretch in stretches:
            step()
            found = recognizer.transcribe(stretch.samples, recording.language, recording.keyterms)
            final = transcript.add(stretch, found)
            if final is not None:
                yield final

    for samples in audible(recording):
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
