"""Listening with the recognisers of this machine: who hears, and live streams from bytes to events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection

from myna.audio.intake import Intake
from myna.engines.hearing.available import missing
from myna.engines.listening import EngineListening
from myna.engines.protocols import Hearing, Recording
from myna.providers.local import models
from myna.speech.errors import InvalidRequest, NotOffered
from myna.speech.languages import normalize_tag, primary
from myna.speech.listening import (
    InputFormat,
    ListeningEvent,
    ListeningRequest,
    TranscriptionRequest,
    Turns,
    check_input,
    check_keyterms,
    check_turns,
)

_PIECE = 1 << 15
"""Bytes that are taken in at a time."""


def choose(
    model: str, language: str | None, *, any_model: bool = False, whisper: Collection[str] | None = None
) -> models.Listener:
    """Who listens.

    Args:
        model: id as asked for.
        language: BCP-47 tag; None leaves it to the engine.
        any_model: take unknown ids, with a warning in the log.
        whisper: Whisper models that may be asked for, as of `models.listener_of`.

    Raises:
        ModelNotFound: no such model.
        InvalidRequest: the engine does not know the language; the message names one that does.
        NotOffered: the engine is not installed.
    """
    chosen = models.listener_of(model, any_model=any_model, whisper=whisper)
    tag = normalize_tag(language) if language else None
    if chosen.engine == "sphinx" and tag is not None and primary(tag) != "en":
        advice = "ask for the model 'faster-whisper:small'"
        if missing("whisper") is not None:
            advice = f"install Whisper with pip install 'myna[whisper]' and {advice}"
        raise InvalidRequest(
            f"The engine of the model {model[:64]!r} hears English only, not {tag!r}: {advice}."
        )
    reason = missing(chosen.engine)
    if reason is not None:
        raise NotOffered(f"There is nobody who listens here: {reason}.")
    return chosen


def hearing(
    request: ListeningRequest, *, any_model: bool = False, whisper: Collection[str] | None = None
) -> Hearing:
    """What the engine is asked for a live stream; the rest as of `choose`.

    Raises:
        ModelNotFound, UnsupportedInput, InvalidRequest, NotOffered: the request cannot be met.
    """
    check_input(request.format)
    keyterms = check_keyterms(request.keyterms)
    if isinstance(request.endpointing, Turns):
        check_turns(request.endpointing)
    chosen = choose(request.model, request.language, any_model=any_model, whisper=whisper)
    language = normalize_tag(request.language) if request.language else None
    return Hearing(chosen.engine, chosen.model, language, request.endpointing, keyterms)


def recording(
    request: TranscriptionRequest,
    most_seconds: float,
    *,
    any_model: bool = False,
    whisper: Collection[str] | None = None,
) -> Recording:
    """What the engine is asked for a recording; the rest as of `choose`.

    Raises:
        ModelNotFound, UnsupportedInput, InvalidRequest, NotOffered: the request cannot be met.
    """
    format = check_input(request.format) if request.format is not None else None
    keyterms = check_keyterms(request.keyterms)
    chosen = choose(request.model, request.language, any_model=any_model, whisper=whisper)
    language = normalize_tag(request.language) if request.language else None
    return Recording(
        str(request.path.absolute()), chosen.engine, chosen.model, language, format, keyterms, most_seconds
    )


class LocalListening:
    """One live stream; see `myna.providers.protocols.Listening`.

    Nothing is started before the first audio.
    """

    def __init__(self, format: InputFormat, engine: EngineListening) -> None:
        self._intake = Intake(format)
        self._engine = engine
        self._finished = False

    async def feed(self, audio: bytes) -> None:
        """Take more audio, cut anywhere; waits while too much is unheard."""
        for start in range(0, len(audio), _PIECE):
            if self._finished:
                return
            await self._engine.feed(self._intake.push(audio[start : start + _PIECE]))

    async def finalize(self) -> None:
        """Make all that was fed final, then tell `Finalized`."""
        await self._engine.finalize()

    async def configure(self, turns: Turns) -> None:
        """Take other thresholds from here on.

        Raises:
            InvalidRequest: they do not go together.
        """
        await self._engine.configure(check_turns(turns))

    async def finish(self) -> None:
        """No more audio comes; `Done` follows after the last text. Idempotent."""
        if not self._finished:
            self._finished = True
            await self._engine.feed(self._intake.finish())
            await self._engine.finish()

    def cancel(self) -> None:
        """Drop everything and free the engine at once; `events` ends in `Done`."""
        self._finished = True
        self._engine.cancel()

    async def events(self) -> AsyncGenerator[ListeningEvent, None]:
        """What is heard; closing the iterator early cancels."""
        events = self._engine.events()
        try:
            async for event in events:
                yield event
        finally:
            await events.aclose()
