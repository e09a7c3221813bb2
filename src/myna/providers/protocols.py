"""The provider protocol: what every source of speech offers to the doors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from myna.speech.events import SpeechEvent
from myna.speech.requests import Delivery, SpeechRequest
from myna.speech.voices import Voice


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do for one model and language."""

    speaks: bool
    streams_text: bool = False
    word_timestamps: bool = False
    phoneme_timestamps: bool = False
    emotions: bool = False


class Speech(Protocol):
    """One stream of speech in the making: text goes in piece by piece, events come out in order.

    Text and events run side by side: one task may push while another iterates. The four input methods
    never wait for audio. `events` may be iterated once.
    """

    def push(self, text: str, delivery: Delivery | None = None) -> None:
        """Append text verbatim; `delivery` replaces the request's from this text on.

        Raises:
            InvalidRequest: more text is waiting than the provider holds for one stream.
        """
        ...

    def flush(self) -> None:
        """Speak all text so far without waiting for more, then send `Flushed`."""
        ...

    def finish(self) -> None:
        """No more text follows; `Done` comes after the last audio."""
        ...

    def cancel(self) -> None:
        """Drop what was not spoken and free the engine at once; `events` ends in `Done`."""
        ...

    def events(self) -> AsyncIterator[SpeechEvent]:
        """The events; slow iteration slows the engine down and holds a bounded amount of audio.

        Closing the iterator early cancels.
        """
        ...


class Provider(Protocol):
    """A source of speech."""

    name: str

    def capabilities(self, model: str, language: str) -> Capabilities:
        """What it can do for this model and language; an unknown model speaks nothing."""
        ...

    def speak(self, request: SpeechRequest) -> Speech:
        """Begin a stream of speech. Nothing is synthesised before text was pushed.

        Raises:
            ModelNotFound: no such model.
            InvalidRequest: the language or the combination is not offered.
        """
        ...

    def voices(self) -> Sequence[Voice]:
        """All voices, newest first."""
        ...

    def voice(self, id: str) -> Voice:
        """The voice with this id, alias or (for local voices) name.

        Raises:
            VoiceNotFound: there is none.
        """
        ...

    def voice_of_embedding(self, embedding: Sequence[float]) -> Voice:
        """The voice that this embedding of `EMBEDDING_SIZE` floats describes.

        Raises:
            InvalidRequest: wrong length, or not numbers.
        """
        ...

    async def start(self) -> None:
        """Get ready to answer; idempotent."""
        ...

    async def aclose(self) -> None:
        """End all streams and free everything; idempotent."""
        ...
