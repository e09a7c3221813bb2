"""The provider protocol: what every source of speech offers to the doors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from myna.providers.kept import Dictionaries, Voices
from myna.speech.changing import (
    ChangeRequest,
    ChangingEvent,
    ConversionEvent,
    ConversionRequest,
    InfillRequest,
)
from myna.speech.events import AudioChunk, SpeechEvent
from myna.speech.listening import (
    ListeningEvent,
    ListeningRequest,
    TranscriptionEvent,
    TranscriptionRequest,
    Turns,
)
from myna.speech.requests import Delivery, SpeechRequest


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do for one model and language."""

    speaks: bool
    streams_text: bool = False
    word_timestamps: bool = False
    phoneme_timestamps: bool = False
    emotions: bool = False
    listens: bool = False
    """Whether it writes down speech in this language; with `streams_audio`, live too."""
    streams_audio: bool = False
    changes: bool = False
    """Whether it changes voices, in recordings and live, and fills gaps in recordings."""


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


class Listening(Protocol):
    """One live stream that is listened to: audio goes in, events come out in order.

    Audio and events run side by side: one task may feed while another iterates. `events` may be
    iterated once.
    """

    async def feed(self, audio: bytes) -> None:
        """Take more audio, cut anywhere; waits while too much is unheard, so that the sender slows down."""
        ...

    async def finalize(self) -> None:
        """Make all that was fed final, then tell `Finalized`."""
        ...

    async def configure(self, turns: Turns) -> None:
        """Change the thresholds of turns from here on."""
        ...

    async def finish(self) -> None:
        """No more audio comes; `Done` follows after the last text, an open turn ends before."""
        ...

    def cancel(self) -> None:
        """Drop everything and free the engine at once; `events` ends in `Done`."""
        ...

    def events(self) -> AsyncIterator[ListeningEvent]:
        """The events; closing the iterator early cancels."""
        ...


class Changing(Protocol):
    """One live stream whose voice is changed: audio goes in, as much audio comes out, in order.

    Audio in and events run side by side: one task may feed while another iterates. `events` may be
    iterated once.
    """

    async def feed(self, audio: bytes) -> None:
        """Take more audio, cut anywhere; waits while too much is unchanged, so that the sender slows down."""
        ...

    async def finish(self) -> None:
        """No more audio comes; `Done` follows after the last of it."""
        ...

    def cancel(self) -> None:
        """Drop everything and free the engine at once; `events` ends in `Done`."""
        ...

    def events(self) -> AsyncIterator[ChangingEvent]:
        """The events; closing the iterator early cancels."""
        ...


class Provider(Protocol):
    """A source of speech."""

    @property
    def name(self) -> str:
        """For logs and errors."""
        ...

    @property
    def voices(self) -> Voices:
        """The voices, found and made."""
        ...

    @property
    def dictionaries(self) -> Dictionaries:
        """The pronunciation dictionaries."""
        ...

    def capabilities(self, model: str, language: str) -> Capabilities:
        """What it can do for this model and language; an unknown model speaks nothing."""
        ...

    def speak(self, request: SpeechRequest) -> Speech:
        """Begin a stream of speech. Nothing is synthesised before text was pushed.

        The voice and the dictionary are looked up before the first word is spoken; what is wrong with them
        comes as a `Failed` event.

        Raises:
            ModelNotFound: no such model.
            InvalidRequest: the language or the combination is not offered.
        """
        ...

    def listen(self, request: ListeningRequest) -> Listening:
        """Begin to listen to a live stream. The engine is found at the first audio.

        Raises:
            ModelNotFound: no such model.
            UnsupportedInput: no such encoding or rate.
            InvalidRequest: the engine does not know the language (the message names one that does), or
                thresholds or keyterms that cannot be.
        """
        ...

    def transcribe(self, request: TranscriptionRequest) -> AsyncIterator[TranscriptionEvent]:
        """Write down a recording: a `Final` for each segment in order, `Progress` in between.

        Closing the iterator early frees the engine at once. Memory is bounded, however long the recording.

        Raises:
            ModelNotFound, UnsupportedInput, InvalidRequest: as from `listen`.
            AudioRejected: nothing can be heard in the file, or it is too long.
            EngineError: the engine failed; what was final before was given.
            Overloaded: too many recordings wait.
        """
        ...

    def change(self, request: ChangeRequest) -> Changing:
        """Begin to change the voice of a live stream. The engine is found at the first audio.

        The voice is looked up before that; what is wrong with it comes as a `Failed` event.

        Raises:
            UnsupportedInput: no such encoding or rate.
        """
        ...

    def convert(self, request: ConversionRequest) -> AsyncIterator[ConversionEvent]:
        """Change the voice of a recording: audio as long as the recording, in order, `Progress` in between.

        Closing the iterator early frees the engine at once. Memory is bounded, however long the recording.

        Raises:
            UnsupportedInput: no such encoding or rate.
            VoiceNotFound: there is no such voice.
            ClipRejected: nobody speaks in it, or it is shorter than 0.3 s.
            AudioRejected: nothing can be heard in the file, or it is too long.
            EngineError: the engine failed; what came before was given.
            Overloaded: too many recordings wait.
        """
        ...

    def infill(self, request: InfillRequest) -> AsyncIterator[AudioChunk]:
        """Speak a text so that it joins recordings on its left and right; gives the speech between them only.

        Raises:
            ModelNotFound, InvalidRequest, VoiceNotFound: as from `speak`.
            ClipRejected: nothing can be heard in a recording.
            EngineError: the engine failed.
            Overloaded: too many recordings wait.
        """
        ...

    async def start(self) -> None:
        """Get ready to answer; idempotent."""
        ...

    async def aclose(self) -> None:
        """End all streams and free everything; idempotent."""
        ...
