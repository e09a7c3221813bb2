"""The provider protocol: what every source of speech offers to the doors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from myna.speech.access import Caller
from myna.speech.dictionaries import Dictionary, DictionaryChanges, Pronunciation
from myna.speech.events import SpeechEvent
from myna.speech.listening import (
    ListeningEvent,
    ListeningRequest,
    TranscriptionEvent,
    TranscriptionRequest,
    Turns,
)
from myna.speech.pages import Page, Span
from myna.speech.requests import Delivery, SpeechRequest
from myna.speech.voices import (
    IDEMPOTENCY_SECONDS,
    CloneDraft,
    LocalizeDraft,
    Voice,
    VoiceChanges,
    VoiceChoice,
    VoiceDraft,
    VoiceFilter,
)


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


class Voices(Protocol):
    """The voices of a provider as a caller sees them: public ones and the caller's own.

    A provider that keeps no voices raises `NotOffered` from what it cannot do. Another owner's private
    voice is `VoiceNotFound` for reading and speaking.
    """

    async def find(self, choice: VoiceChoice, caller: Caller) -> Voice:
        """The voice with this id, alias or name, or the voice that an embedding describes.

        Names are those of built-in voices and of the caller's own.

        Raises:
            VoiceNotFound: there is none.
            InvalidRequest: an embedding of the wrong length, or not of finite numbers.
        """
        ...

    async def page(self, wanted: VoiceFilter, span: Span, caller: Caller) -> Page[Voice]:
        """A part of the voices, newest first, then by id."""
        ...

    def all(self, caller: Caller) -> AsyncIterator[Voice]:
        """Every voice, newest first, read in parts: never all of them in memory."""
        ...

    async def create(self, draft: VoiceDraft, caller: Caller) -> Voice:
        """Keep a new voice that sounds like an embedding.

        Raises:
            InvalidRequest: a broken embedding, an unknown language or base voice.
        """
        ...

    async def clone(self, draft: CloneDraft, clip: Path, caller: Caller) -> Voice:
        """Keep a new voice that sounds like the recording in the file `clip`, and the recording with it.

        Raises:
            ClipRejected: no voice can be made of it; the message says why.
            PermissionDenied: consent has to be declared and was not.
        """
        ...

    async def embed(
        self, clip: Path, *, enhance: bool, caller: Caller, consent: bool = False
    ) -> tuple[float, ...]:
        """The embedding of the speaker of a recording; nothing is kept.

        Raises:
            ClipRejected: none can be measured.
            PermissionDenied: consent has to be declared and was not: a voice can be made of an embedding.
        """
        ...

    async def mix(self, parts: Sequence[tuple[VoiceChoice, float]], caller: Caller) -> tuple[float, ...]:
        """The embedding between voices, by weights that are scaled to a sum of 1.

        Raises:
            InvalidRequest: no parts, or weights that cannot be scaled.
            VoiceNotFound: one of them does not exist.
        """
        ...

    async def localize(self, draft: LocalizeDraft, caller: Caller) -> Voice:
        """Keep a new voice with the timbre of another, in another language or accent.

        Raises:
            VoiceNotFound: there is no such voice.
            InvalidRequest: no such language, dialect or accent.
        """
        ...

    async def update(self, id: str, changes: VoiceChanges, caller: Caller) -> Voice:
        """Change what is told of a voice.

        Raises:
            VoiceNotFound: there is none.
            PermissionDenied: it is not the caller's.
        """
        ...

    async def delete(self, id: str, caller: Caller) -> None:
        """Forget a voice and its clip.

        Raises:
            VoiceNotFound: there is none.
            PermissionDenied: it is not the caller's.
        """
        ...

    async def add_accents(self, id: str, accents: Sequence[str], caller: Caller) -> Voice:
        """Let a voice speak with more accents, ten at most.

        Raises:
            VoiceNotFound, PermissionDenied: as with `update`.
            InvalidRequest: an accent does not exist or cannot be attached, or there are too many.
        """
        ...

    async def remove_accent(self, id: str, accent: str, caller: Caller) -> Voice:
        """Take an accent away that was added.

        Raises:
            VoiceNotFound, PermissionDenied: as with `update`.
            NotFound: the voice does not have this accent.
        """
        ...

    async def export(self, id: str, caller: Caller) -> bytes:
        """All that is kept of one of the caller's voices, its clip too, as the content of one file.

        Raises:
            VoiceNotFound: there is none.
            PermissionDenied: it is not the caller's.
        """
        ...

    async def import_(
        self,
        file: Path,
        caller: Caller,
        *,
        anew: bool = False,
        idempotency_key: str | None = None,
        idempotency_window_seconds: float = IDEMPOTENCY_SECONDS,
    ) -> Voice:
        """Keep a voice that was exported elsewhere.

        Args:
            file: what `export` gave.
            caller: whose it is from now on.
            anew: give it an id of its own.
            idempotency_key: as of a draft.
            idempotency_window_seconds: as of a draft.

        Raises:
            InvalidRequest: the file holds no voice, or one that is here already.
        """
        ...

    async def preview(self, id: str, caller: Caller) -> bytes:
        """A sentence spoken by a voice, as a WAV file.

        Raises:
            VoiceNotFound: there is none.
        """
        ...


class Dictionaries(Protocol):
    """The pronunciation dictionaries of a provider, each seen by its owner only."""

    async def page(self, span: Span, caller: Caller) -> Page[Dictionary]:
        """A part of the caller's dictionaries, newest first, then by id."""
        ...

    async def get(self, id: str, caller: Caller) -> Dictionary:
        """One dictionary.

        Raises:
            NotFound: the caller has none with this id.
        """
        ...

    async def create(
        self, name: str, description: str, items: Sequence[Pronunciation], caller: Caller
    ) -> Dictionary:
        """Keep a new dictionary.

        Raises:
            InvalidRequest: an empty name, an empty or too long item.
        """
        ...

    async def update(self, id: str, changes: DictionaryChanges, caller: Caller) -> Dictionary:
        """Change a dictionary; speech that goes on keeps what it began with.

        Raises:
            NotFound: the caller has none with this id.
            InvalidRequest: as with `create`.
        """
        ...

    async def delete(self, id: str, caller: Caller) -> None:
        """Forget a dictionary.

        Raises:
            NotFound: the caller has none with this id.
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
            UnsupportedFormat: no such encoding or rate.
            InvalidRequest: the engine does not know the language (the message names one that does), or
                thresholds or keyterms that cannot be.
        """
        ...

    def transcribe(self, request: TranscriptionRequest) -> AsyncIterator[TranscriptionEvent]:
        """Write down a recording: a `Final` for each segment in order, `Progress` in between.

        Closing the iterator early frees the engine at once. Memory is bounded, however long the recording.

        Raises:
            ModelNotFound, UnsupportedFormat, InvalidRequest: as from `listen`.
            AudioRejected: nothing can be heard in the file, or it is too long.
            EngineError: the engine failed; what was final before was given.
            Overloaded: too many recordings wait.
        """
        ...

    async def start(self) -> None:
        """Get ready to answer; idempotent."""
        ...

    async def aclose(self) -> None:
        """End all streams and free everything; idempotent."""
        ...
