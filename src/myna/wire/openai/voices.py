"""OpenAI's voices, and which of Myna's stand in for them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from myna.speech.voices import Voice

STAND_INS = {
    "alloy": "ed32476d-5d8c-5524-9140-e8c62ad5bf45",  # Robin, neither low nor high
    "ash": "7a65870b-04be-5a31-b632-109a803b0bd2",  # Jasper, young and quick
    "ballad": "d1b168db-ef44-5d52-a27b-2cc1a42dddb6",  # Alistair, British and composed
    "coral": "788afded-b890-544b-9b3a-70c3071b732d",  # June, young and bright
    "echo": "13788302-2f30-5ed3-b46e-ed7bc8f4dd23",  # Calloway, warm and steady
    "fable": "045b5367-4532-5dc1-b2b4-ca18cc758c46",  # Barnaby, grave and cultured
    "onyx": "041c71e9-4713-5b0c-8f1d-98071917f22e",  # Otis, deep and unhurried
    "nova": "a131eccc-316e-545c-9cf8-584b1ee184a5",  # Wren, clear and friendly
    "sage": "39d9232b-ce08-5063-8788-9d19693e8054",  # Dorothea, mature and calm
    "shimmer": "dddf0c5a-5882-5a2e-ae76-5c34cd3c9c12",  # Loretta, southern and gentle
    "verse": "112bc3e5-6061-5327-bbbb-962e82697201",  # Sterling, crisp newsreader
    "marin": "8d09898e-3b03-555a-aa65-71c313a9cd74",  # Marisol, reassuring on the phone
    "cedar": "370d0a87-ab4c-53d3-a70e-7579d59b86d4",  # Lachlan, easy-going
}
"""Ids of built-in voices by OpenAI's names, which are written in small letters: `Marin` is Myna's own."""


class VoiceEntry(Struct, kw_only=True):
    """A voice in the list."""

    id: str
    name: str
    language: str | None = None
    description: str | None = None


class VoiceEntries(Struct, kw_only=True):
    """The answer to `GET /v1/audio/voices`."""

    voices: list[VoiceEntry]


def voice_entries(voices: Iterable[Voice]) -> VoiceEntries:
    """All names that can be asked for: OpenAI's first."""
    entries = [VoiceEntry(id=name, name=name.title(), language="en") for name in STAND_INS]
    entries += [
        VoiceEntry(id=voice.id, name=voice.name, language=voice.language, description=voice.tagline or None)
        for voice in voices
    ]
    return VoiceEntries(voices=entries)
