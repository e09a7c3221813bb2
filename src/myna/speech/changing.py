"""What is asked of a provider that changes voices: the same words and melody in another voice.

What comes out is as long as what went in, sample by sample in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from myna.speech.access import LOCAL, Caller
from myna.speech.events import AudioChunk, Done, Failed
from myna.speech.listening import InputFormat, Progress
from myna.speech.requests import SpeechRequest
from myna.speech.voices import Voice, VoiceChoice

SHORTEST_SECONDS = 0.3
"""Shortest recording that is changed."""


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """All that holds for one live stream of audio.

    Attributes:
        voice: whose voice it gets; a `VoiceChoice` is looked up by the provider.
        format: of the audio that comes in.
        caller: who asks.
        connection: how it came, as in `SpeechRequest`.
    """

    voice: Voice | VoiceChoice
    format: InputFormat
    caller: Caller = LOCAL
    connection: str = ""


@dataclass(frozen=True, slots=True)
class ConversionRequest:
    """A recording whose voice is to be changed.

    Attributes:
        voice: as of a `ChangeRequest`.
        path: the file, in any container and codec.
        format: of a file without a container; None where it tells itself.
        whole: look at the whole recording before the first audio, which brings it nearer to the voice; else
            audio comes soon, with what is known of the speaker so far.
        caller: who asks.
    """

    voice: Voice | VoiceChoice
    path: Path
    format: InputFormat | None = None
    whole: bool = True
    caller: Caller = LOCAL


@dataclass(frozen=True, slots=True)
class InfillRequest:
    """A text to be spoken between two recordings, one of which may be missing.

    Attributes:
        speech: who speaks, and how.
        text: what is said.
        left, right: files with what comes before and after, in any container and codec.
    """

    speech: SpeechRequest
    text: str
    left: Path | None
    right: Path | None


ChangingEvent = AudioChunk | Done | Failed
"""What a live stream gives; it ends in exactly one `Done` or `Failed`."""
ConversionEvent = AudioChunk | Progress
