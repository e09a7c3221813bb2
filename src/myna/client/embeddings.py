"""Voice embeddings in calls: checked, and sent in a version of the API that has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from myna.client.errors import InvalidCall
from myna.client.settings import API_VERSION

MAKING_VERSION = "2024-11-13"
"""Newest API version in which embeddings are measured, mixed and made into voices."""
SPEAKING_VERSION = "2025-11-04"
"""Newest API version in which an embedding is spoken with."""


def numbers(embedding: Iterable[float]) -> list[float]:
    """An embedding as plain numbers; arrays will do.

    Raises:
        InvalidCall: it holds something else.
    """
    try:
        return [float(number) for number in embedding]
    except (TypeError, ValueError):
        raise InvalidCall("embedding is not a list of numbers; give the 192 of a voice.") from None


def mixed(voices: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is mixed, as it is sent.

    Raises:
        InvalidCall: there is nothing, or something else.
    """
    if isinstance(voices, str | bytes | Mapping) or not voices:
        raise InvalidCall('voices must be a non-empty list, such as [{"id": "…", "weight": 0.5}, …].')
    parts = [dict(part) for part in voices]
    for part in parts:
        if part.get("embedding") is not None:
            part["embedding"] = numbers(part["embedding"])
    return parts


def speaking_version(voice: object) -> str:
    """The API version for speaking with a voice: an older one where it is given as an embedding.

    Example:
        >>> speaking_version({"mode": "embedding", "embedding": [0.0] * 192}), speaking_version("Wren")
        ('2025-11-04', '2026-08-14')
    """
    embedded = isinstance(voice, Mapping) and voice.get("embedding") is not None and not voice.get("id")
    return SPEAKING_VERSION if embedded else API_VERSION
