"""What was heard of a recording, put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from myna.speech.listening import Final, Progress, TimedWord, TranscriptionEvent


@dataclass
class Transcript:
    """Collects what a provider tells of one recording.

    Attributes:
        finals: the segments, in order.
        seconds: length of the recording, as far as it was heard.
    """

    finals: list[Final] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, event: TranscriptionEvent) -> None:
        """Take the next event."""
        if isinstance(event, Progress):
            self.seconds = max(self.seconds, event.seconds)
        else:
            self.finals.append(event)
            self.seconds = max(self.seconds, event.until)

    @property
    def text(self) -> str:
        """All of it, without spaces around."""
        return "".join(final.text for final in self.finals).strip()

    @property
    def words(self) -> Sequence[TimedWord]:
        """All words with their times."""
        return [word for final in self.finals for word in final.words]

    @property
    def language(self) -> str | None:
        """What was spoken first, where the engine tells."""
        return next((final.language for final in self.finals if final.language), None)
