"""The edges of an utterance: silence is cut to a measure and made anew where a pause belongs."""

from __future__ import annotations

SENTENCE_PAUSE = 0.30
CLAUSE_PAUSE = 0.12
"""Seconds of silence behind a sentence and behind a clause at the engine's usual tempo."""
LEAD = 0.003
JOIN = 0.010
"""Most seconds of silence kept before speech: at the start of a sentence, and where a sentence goes on."""

_CLAUSE_MARKS = frozenset(",;:،؛、，；：—–")
_CLOSERS = "\"'”’»)]}）」』】 \t\r\n"


def pause_after(text: str, *, continues: bool, tempo: float) -> float:
    """Seconds of silence that belong behind `text` spoken at `tempo` (1.0 is usual).

    A comma pauses wherever it stands; the end of a text that goes on in the next utterance does not.
    """
    last = text.rstrip(_CLOSERS)[-1:]
    if last in _CLAUSE_MARKS and last:
        return CLAUSE_PAUSE / tempo
    return 0.0 if continues else SENTENCE_PAUSE / tempo


class Trim:
    """Cuts digital silence off both ends of a stream of s16 samples, and counts what it cut.

    Silence in the middle passes, one buffer late.
    """

    def __init__(self, lead: int) -> None:
        """Keep at most `lead` samples of silence before the first sound."""
        self._lead = lead
        self._held = 0
        self.begun = False
        self.cut = 0
        """Samples taken off the start."""
        self.kept = 0
        """Samples passed on."""

    def feed(self, data: bytes) -> bytes:
        """The part of the stream that is certain to lie between its first and its last sound."""
        if not self.begun:
            silent = (len(data) - len(data.lstrip(b"\0"))) // 2
            self.cut += silent
            if silent * 2 == len(data):
                return b""
            lead = min(self._lead, self.cut)
            self.cut -= lead
            data = bytes(lead * 2) + data[silent * 2 :]
            self.begun = True
        end = len(data.rstrip(b"\0"))
        end += end & 1
        if not end:
            self._held += len(data)
            return b""
        sound = data if end == len(data) else data[:end]
        if self._held:
            sound = bytes(self._held) + sound
        self._held = len(data) - end
        self.kept += len(sound) // 2
        return sound

    def tail(self, most: int) -> bytes:
        """What remains of the silence at the end, at most `most` samples of it."""
        kept = min(most, self._held // 2)
        self._held = 0
        self.kept += kept
        return bytes(kept * 2)
