"""Times of speech as messages."""

from __future__ import annotations

from myna.speech.events import PhonemeTimes, WordTimes
from myna.wire.cartesia.messages import PhonemeTimesArrays, PhonemeTimestamps, Times, Timestamps


def word_timestamps(context_id: str | None, times: WordTimes) -> Timestamps:
    """Word times of a context."""
    arrays = Times(words=list(times.words), start=_exact(times.start), end=_exact(times.end))
    return Timestamps(context_id=context_id, word_timestamps=arrays)


def phoneme_timestamps(context_id: str | None, times: PhonemeTimes) -> PhonemeTimestamps:
    """Phoneme times of a context."""
    arrays = PhonemeTimesArrays(
        phonemes=list(times.phonemes), start=_exact(times.start), end=_exact(times.end)
    )
    return PhonemeTimestamps(context_id=context_id, phoneme_timestamps=arrays)


def _exact(seconds: tuple[float, ...]) -> list[float]:
    """Times without the noise of binary fractions; a tenth of a millisecond is nothing that one hears."""
    return [round(each, 4) for each in seconds]
