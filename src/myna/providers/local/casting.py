"""The voice that stands behind an embedding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
    built_in = catalogue.described(embedding.checked(vector))
    if built_in is not None:
        return built_in
    native = catalogue.native(language or _USUAL) or catalogue.default()
    likeness = Likeness(embedding.speakable(vector))
    return replace(
        native,
        id="",
        name="Embedding",
        description="A voice that is given by its embedding.",
        gender=None,
        timbre=timbre_of(likeness.embedding, language or _USUAL),
        embedding=likeness.embedding,
        tagline="",
        aliases=(),
        likeness=likeness,
    )
