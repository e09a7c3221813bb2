"""What is known of a stream once its voice is."""

from __future__ import annotations

from dataclasses import dataclass

from myna.speech.voices import Voice


@dataclass(frozen=True, slots=True)
class Role:
    """Who speaks, and what.

    Attributes:
        voice: who.
        language: BCP-47 tag of the text.
    """

    voice: Voice
    language: str
