"""What OpenAI's clients ask before they speak or listen: which models and voices there are."""

from __future__ import annotations

from collections.abc import Iterator

from myna.conversation.calls import Answer, Asked, Call
from myna.providers.protocols import Provider
from myna.speech.errors import ModelNotFound
from myna.wire.openai.models import (
    ModelEntries,
    ModelEntry,
    ModelList,
    ModelObject,
    listed,
    stand_in,
)
from myna.wire.openai.voices import VoiceEntries, voice_entries

MOST_VOICES = 2000
"""Voices in one answer, which has no pages."""


class ListingCalls:
    """Answers what models and voices a provider has."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def table(self) -> Iterator[Call]:
        """The calls, each with and without the version in its path."""
        for prefix, alias in (("/v1", False), ("", True)):
            yield Call(
                "GET", f"{prefix}/models", self._models, "List models for OpenAI's clients",
                gives=(ModelList,), alias=alias,
            )  # fmt: skip
            yield Call(
                "GET", f"{prefix}/models/{{id}}", self._model, "One model for OpenAI's clients",
                gives=(ModelObject,), alias=alias,
            )  # fmt: skip
            yield Call(
                "GET", f"{prefix}/audio/models", self._speaking, "List models that speak",
                gives=(ModelEntries,), alias=alias,
            )  # fmt: skip
            yield Call(
                "GET", f"{prefix}/audio/voices", self._voices, "List voices under OpenAI's and Myna's names",
                gives=(VoiceEntries,), alias=alias,
            )  # fmt: skip

    async def _models(self, asked: Asked) -> Answer:
        return Answer.of(ModelList(data=[ModelObject(id=id) for id in listed() if self._has(id)]))

    async def _model(self, asked: Asked) -> Answer:
        id = asked.places["id"]
        if not self._has(id):
            raise ModelNotFound(f"There is no model {id[:64]!r}; see GET /v1/models.")
        return Answer.of(ModelObject(id=id))

    async def _speaking(self, asked: Asked) -> Answer:
        speaking = [id for id in listed() if self._provider.capabilities(stand_in(id), "en").speaks]
        return Answer.of(ModelEntries(models=[ModelEntry(id=id, name=id) for id in speaking]))

    async def _voices(self, asked: Asked) -> Answer:
        voices = []
        async for voice in self._provider.voices.all(asked.caller):
            voices.append(voice)
            if len(voices) == MOST_VOICES:
                break
        return Answer.of(voice_entries(voices))

    def _has(self, id: str) -> bool:
        found = self._provider.capabilities(stand_in(id), "en")
        return found.speaks or found.listens
