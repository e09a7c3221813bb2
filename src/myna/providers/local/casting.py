"""The voice that stands behind an embedding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from myna.engines.world.bases import timbre_of
from myna.providers.local import catalogue
from myna.speech import embedding
from myna.speech.voices import Likeness, Voice

_USUAL = "en"


def described(vector: Sequence[float], language: str | None = None) -> Voice:
    """The voice that an embedding describes: a built-in one where it is its own, else one made up for it.

    Args:
        vector: the embedding.
        language: BCP-47 tag of what it is to speak; None for English.

    Raises:
        InvalidRequest: not `EMBEDDING_SIZE` finite numbers.
    """
    numbers = embedding.checked(vector)
    return catalogue.described(numbers) or _imagined(numbers, language or _USUAL)


@lru_cache(maxsize=128)
def _imagined(vector: tuple[float, ...], language: str) -> Voice:
    """A voice made up for an embedding; it takes milliseconds, and clients send the same again and again."""
    native = catalogue.native(language) or catalogue.default()
    likeness = Likeness(embedding.speakable(vector))
    return replace(
        native,
        id="",
        name="Embedding",
        description="A voice that is given by its embedding.",
        gender=None,
        timbre=timbre_of(likeness.embedding, language, likeness.detail),
        embedding=likeness.embedding,
        tagline="",
        aliases=(),
        likeness=likeness,
    )
