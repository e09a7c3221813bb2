"""OpenAI's models, and which of Myna's stand in for them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

SPEAKING = dict.fromkeys(
    ("tts-1", "tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-03-20", "gpt-4o-mini-tts-2025-12-15"),
    "sonic-latest",
)
"""Models that leave the choice of the engine to Myna, by OpenAI's names for speech."""
LISTENING = {
    "whisper-1": "whisper-1",
    "gpt-transcribe": "gpt-4o-transcribe",
    "gpt-4o-transcribe": "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe": "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-03-20": "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15": "gpt-4o-mini-transcribe",
    "gpt-4o-transcribe-diarize": "gpt-4o-transcribe",
}
"""The same for listening, where some names are known to providers."""
OWN = ("sonic-latest", "ink-whisper", "ink-2", "espeak", "flite", "sphinx")
"""Names of Myna that are listed too."""

CREATED = 1763683200
"""When the models were made, in seconds since 1970; the field is there because clients require it."""


class ModelObject(Struct, kw_only=True):
    """A model."""

    id: str
    object: str = "model"
    created: int = CREATED
    owned_by: str = "myna"


class ModelList(Struct, kw_only=True):
    """The answer to `GET /v1/models`."""

    data: list[ModelObject]
    object: str = "list"


class ModelEntry(Struct, kw_only=True):
    """A model in the list of those that speak."""

    id: str
    name: str


class ModelEntries(Struct, kw_only=True):
    """The answer to `GET /v1/audio/models`."""

    models: list[ModelEntry]


def stand_in(model: str) -> str:
    """Myna's name for a model."""
    return SPEAKING.get(model) or LISTENING.get(model) or model


def listed() -> Iterable[str]:
    """All names that may be told, if somebody stands behind them."""
    return (*SPEAKING, *LISTENING, *OWN)
