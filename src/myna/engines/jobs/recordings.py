"""Recordings as those who work on them get them: decoded as a stream, as far as they can be heard."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from myna.audio import decoding, intake
from myna.engines.protocols import HEARING_RATE
from myna.speech.errors import AudioRejected

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from myna.speech.listening import InputFormat


class Source(Protocol):
    """A file, as a job names it."""

    @property
    def path(self) -> str:
        """Where it is."""
        ...

    @property
    def format(self) -> InputFormat | None:
        """What it holds where it has no container."""
        ...

    @property
    def most_seconds(self) -> float:
        """Longest recording that is accepted."""
        ...


def audible(recording: Source) -> Iterator[NDArray[np.float32]]:
    """The audio as far as it can be heard, at `HEARING_RATE`: what is broken behind that is left out.

    Raises:
        AudioRejected: nothing can be heard in the file, or it is too long; then perhaps after some samples.
    """
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


def claimed_seconds(recording: Source) -> float | None:
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
