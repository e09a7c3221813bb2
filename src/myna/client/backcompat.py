"""What the live connections of Cartesia's second generation give out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from myna.client.errors import GenerationFailed
from myna.client.events import Chunk, Error, Event, FlushDone, PhonemeTimestamps, Timestamps
from myna.client.heard import STTError, STTEvent
from myna.client.models import Model

_HEARD: dict[str, dict[str, Any]] = {
    "transcript": {"request_id": "", "text": "", "is_final": False},
    "flush_done": {"request_id": ""},
    "done": {"request_id": ""},
}
"""Types of events that are given out, with what stands for missing fields."""


class WebSocketTtsOutput(Model):
    """One event; the fields that do not belong to its kind are None.

    Example:
        >>> WebSocketTtsOutput(context_id="a").audio is None
        True
    """

    audio: bytes | None
    word_timestamps: Any
    phoneme_timestamps: Any
    context_id: str | None
    flush_done: bool | None
    flush_id: int | None


def output_of(event: Event) -> WebSocketTtsOutput:
    """The output for an event.

    Raises:
        GenerationFailed: the event is an error.
    """
    if isinstance(event, Error):
        raise GenerationFailed(f"Error generating audio:\n{event.error}", context_id=event.context_id)
    fields: dict[str, Any] = {"context_id": event.context_id}
    if isinstance(event, Chunk):
        fields["audio"] = event.audio
    elif isinstance(event, Timestamps):
        fields["word_timestamps"] = event.word_timestamps
    elif isinstance(event, PhonemeTimestamps):
        fields["phoneme_timestamps"] = event.phoneme_timestamps
    elif isinstance(event, FlushDone):
        fields["flush_done"], fields["flush_id"] = event.flush_done, event.flush_id
    return WebSocketTtsOutput(fields)


def joined(outputs: Iterable[WebSocketTtsOutput], context_id: str) -> WebSocketTtsOutput:
    """All outputs of a context as one: audio in a row, times as parallel lists."""
    audio: list[bytes] = []
    words: dict[str, list[Any]] = {"words": [], "start": [], "end": []}
    phonemes: dict[str, list[Any]] = {"phonemes": [], "start": [], "end": []}
    for output in outputs:
        if output.audio is not None:
            audio.append(output.audio)
        for lists, times in ((words, output.word_timestamps), (phonemes, output.phoneme_timestamps)):
            if times is not None:
                for name, values in lists.items():
                    values.extend(times[name])
    return WebSocketTtsOutput(
        context_id=context_id,
        audio=b"".join(audio) if audio else None,
        word_timestamps=words if words["words"] else None,
        phoneme_timestamps=phonemes if phonemes["phonemes"] else None,
    )


def heard_fields(event: STTEvent) -> dict[str, Any] | None:
    """The dictionary for an event of a connection that listens; None where there is none.

    Raises:
        GenerationFailed: the event is an error.
    """
    if isinstance(event, STTError):
        said = event.message or event.error
        raise GenerationFailed(f"Error transcribing audio: {said}", request_id=event.request_id)
    missing = _HEARD.get(event.type)
    if missing is None:
        return None
    given = {name: value for name, value in event.to_dict().items() if value is not None}
    return {"type": event.type, **missing, **given}
